import { describe, expect, test } from 'vitest';
import { givenKey, opens } from '../../../../../local/functions-host/http/function-keys.js';
import { readHeaders } from '../../../../../local/functions-host/http/request-headers.js';
import { readQuery } from '../../../../../local/functions-host/http/request-query.js';
import { readRequestTarget } from '../../../../../local/functions-host/http/request-target.js';
import { setCookie } from '../../../../../local/functions-host/http/set-cookie.js';
import { continueTrace } from '../../../../../local/functions-host/http/trace-context.js';

describe('request target', () => {
  test.each([
    ['/api/a?b=1', { url: 'http://host:1/api/a?b=1', path: '/api/a', search: '?b=1' }],
    ['/api/a?', { url: 'http://host:1/api/a?', path: '/api/a', search: '?' }],
    ['/a/./b/../c', { url: 'http://host:1/a/./b/../c', path: '/a/c', search: '' }],
    ['/a/%2E%2e/c', { url: 'http://host:1/a/%2E%2e/c', path: '/c', search: '' }],
    ['/a.b/c..d', { url: 'http://host:1/a.b/c..d', path: '/a.b/c..d', search: '' }],
    ['http://other/x?y', { url: 'http://host:1/x?y', path: '/x', search: '?y' }],
    ['/a#b?c', { url: 'http://host:1/a', path: '/a', search: '' }],
  ])('%s is read', (target, expected) => {
    expect(readRequestTarget(target, 'host:1', 'own:2')).toEqual(expected);
  });

  test('without a Host header the host goes by its own name', () => {
    expect(readRequestTarget('/a', undefined, 'own:2')?.url).toBe('http://own:2/a');
  });

  test.each(['*', '', 'a', 'ftp://host/a', 'http://'])('the target "%s" is refused', (target) => {
    expect(readRequestTarget(target, 'host', 'own')).toBeUndefined();
  });

  test.each([
    'a b',
    'user@host',
    'host/path',
    'host:port',
    'host?',
    '[::1',
    'a,b',
    '256.256.256.256',
    'host:99999',
  ])('the Host header "%s" is refused', (host) => {
    expect(readRequestTarget('/a', host, 'own')).toBeUndefined();
  });

  test.each([
    'localhost',
    'LOCALHOST:7071',
    '127.0.0.1',
    '[::1]:7071',
    'my_host.internal',
  ])('the Host header "%s" is served', (host) => {
    expect(readRequestTarget('/a', host, 'own')?.url).toBe(`http://${host}/a`);
  });
});

describe('request headers', () => {
  test('names are lower case and repeated ones are joined', () => {
    const headers = readHeaders(['Host', 'h', 'X-A', '1', 'x-a', '2', 'Set', '']);

    expect({ ...headers }).toEqual({ host: 'h', 'x-a': '1,2', set: '' });
  });

  test('values are UTF-8, and what is not is refused', () => {
    expect(readHeaders(['a', Buffer.from('grün €').toString('latin1')])?.['a']).toBe('grün €');
    expect(readHeaders(['a', '\u00ff'])).toBeUndefined();
  });
});

describe('request query', () => {
  test('repeated names are joined without regard to case', () => {
    expect({ ...readQuery('?a=1&A=2&b=%20+&c&a=3') }).toEqual({ a: '1,2,3', b: '  ', c: '' });
  });

  test('names of object members are ordinary names', () => {
    expect(Object.entries(readQuery('?__proto__=x'))).toEqual([['__proto__', 'x']]);
    expect(readQuery('')['constructor']).toBeUndefined();
  });
});

describe('function keys', () => {
  const keys = { functionKey: 'f', masterKey: 'm' };

  test.each([
    ['anonymous', undefined, true],
    ['function', undefined, false],
    ['function', '', false],
    ['function', 'f', true],
    ['function', 'm', true],
    ['function', 'F', false],
    ['admin', 'f', false],
    ['admin', 'm', true],
  ] as const)('level %s with key %s opens: %s', (level, key, open) => {
    expect(opens(keys, level, key)).toBe(open);
  });

  test('an empty key never opens, even where the key is empty', () => {
    expect(opens({ functionKey: '', masterKey: '' }, 'function', '')).toBe(false);
  });

  test('a key in the header goes before one in the query', () => {
    expect(givenKey({ 'x-functions-key': 'h' }, { code: 'q' })).toBe('h');
    expect(givenKey({}, { code: 'q' })).toBe('q');
  });
});

describe('trace context', () => {
  const zeros = (bytes: number): string => 'ab'.repeat(bytes);
  const trace = '0af7651916cd43dd8448eb211c80319c';

  test('the trace and its flags are kept, the span is new', () => {
    const { traceParent } = continueTrace({ traceparent: `00-${trace}-b7ad6b7169203331-01` }, zeros);

    expect(traceParent).toBe(`00-${trace}-abababababababab-01`);
  });

  test.each([
    '',
    `00-${trace}-b7ad6b7169203331`,
    `ff-${trace}-b7ad6b7169203331-01`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${trace}-b7ad6b7169203331-01,00-${trace}-b7ad6b7169203331-01`,
  ])('"%s" begins a new trace', (traceparent) => {
    const context = continueTrace({ traceparent, tracestate: 'a=1' }, zeros);

    expect(context).toEqual({
      traceParent: `00-${'ab'.repeat(16)}-${'ab'.repeat(8)}-00`,
      traceState: '',
      attributes: {},
    });
  });
});

describe('set-cookie', () => {
  test('every attribute is written', () => {
    const text = setCookie({
      name: 'n',
      value: 'a;b',
      domain: { value: 'd.test' },
      path: { value: '/p' },
      expires: { value: { seconds: 0 } },
      secure: { value: true },
      httpOnly: { value: true },
      sameSite: 'explicitNone',
      maxAge: { value: 1.9 },
    });

    expect(text).toBe(
      'n=a%3Bb; expires=Thu, 01 Jan 1970 00:00:00 GMT; max-age=1; domain=d.test; path=/p; secure; samesite=none; httponly',
    );
  });

  test('a bare cookie has the path /', () => {
    expect(setCookie({ name: 'n', value: 'v', sameSite: 'none' })).toBe('n=v; path=/');
  });
});
