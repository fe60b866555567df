import { once } from 'node:events';
import { IncomingMessage, ServerResponse } from 'node:http';
import { createConnection, Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { bindingData } from '../../../../../local/functions-host/http/binding-data.js';
import { HostMemory, parseCost } from '../../../../../local/functions-host/http/host-memory.js';
import { httpInvocationRequest } from '../../../../../local/functions-host/http/http-invocation.js';
import { type HttpServer, startHttpServer } from '../../../../../local/functions-host/http/http-server.js';
import { readBody } from '../../../../../local/functions-host/http/read-body.js';
import { overLimitStatus, refuseUnreadable } from '../../../../../local/functions-host/http/request-limits.js';
import { RequestTurns } from '../../../../../local/functions-host/http/request-turns.js';
import { ManualClock } from '../../../../support/manual-clock.js';
import { settled } from '../../../../support/until.js';

const mib = 2 ** 20;

describe('limits of Azure’s web server', () => {
  const headers = (count: number, bytes = 1): string[] =>
    Array.from({ length: count }, () => ['x', 'y'.repeat(bytes)]).flat();
  const head = (url: string, rawHeaders: string[]) => ({ method: 'GET', url, httpVersion: '1.1', rawHeaders });

  test.each([
    ['of 8,192 bytes in its first line', head('x'.repeat(8_192 - 15), []), undefined],
    ['of one byte more', head('x'.repeat(8_192 - 14), []), 414],
    ['with 100 headers', head('/', headers(100)), undefined],
    ['with 101', head('/', headers(101)), 431],
    ['with 32 KB of headers', head('/', headers(1, 32 * 1024 - 5)), undefined],
    ['with a byte more', head('/', headers(1, 32 * 1024 - 4)), 431],
  ])('a request %s', (_what, request, status) => {
    expect(overLimitStatus(request)).toBe(status);
  });

  const unreadable = (code: string, rawPacket = ''): string =>
    refuseUnreadable(Object.assign(new Error(code), { code, rawPacket: Buffer.from(rawPacket) }));

  test.each([
    ['nonsense', unreadable('HPE_INVALID_METHOD'), 400],
    ['headers that do not come', unreadable('ERR_HTTP_REQUEST_TIMEOUT'), 408],
    ['a first line that does not end', unreadable('HPE_HEADER_OVERFLOW', `GET /${'x'.repeat(9_000)}`), 414],
    ['headers that do not end', unreadable('HPE_HEADER_OVERFLOW', `GET / HTTP/1.1\r\n${'x'.repeat(70_000)}`), 431],
  ])('%s are refused, and the connection ends', (_what, answer, status) => {
    expect(answer).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} [A-Z].*\r\nContent-Length: 0\r\nConnection: close\r\n\r\n$`),
    );
  });
});

describe('a client that sends its headers slowly', () => {
  let server: HttpServer;
  let socket: Socket;

  afterEach(async () => {
    socket.destroy();
    server.stopListening();
    await server.close();
  });

  test('is answered 408', async () => {
    server = await startHttpServer(0, '127.0.0.1', { headersTimeout: 30, connectionsCheckingInterval: 10 });
    socket = createConnection(server.port, '127.0.0.1');

    socket.write('POST / HTTP/1.1\r\nHost: h\r\n');
    const [answer]: Buffer[] = await once(socket, 'data');

    expect(String(answer)).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a body that comes slowly', () => {
  const receiving = () => {
    const clock = new ManualClock();
    const request = new IncomingMessage(new Socket());
    request.headers['content-length'] = '100000';
    const source = { request, response: new ServerResponse(request), expectsContinue: false };
    let kind: string | undefined;
    void readBody(source, { limitBytes: mib, clock }).then((reading) => {
      kind = reading.kind;
    });
    const pass = async (ms: number): Promise<string | undefined> => {
      await settled();
      clock.advance(ms);
      await settled();
      return kind;
    };
    return { request, pass };
  };

  test('is given up after five seconds', async () => {
    const { request, pass } = receiving();
    request.push('x'.repeat(1_000));

    expect(await pass(4_999)).toBeUndefined();
    expect(await pass(1)).toBe('too-slow');
  });

  test('is read on while 240 bytes come in a second, and no longer', async () => {
    const { request, pass } = receiving();
    request.push('x'.repeat(1_500));

    expect(await pass(6_000)).toBeUndefined();
    expect(await pass(1_000)).toBe('too-slow');
  });
});

describe('binding data', () => {
  const of = (body: string, query = {}, values = {}) => bindingData({ body: Buffer.from(body), query, values });

  test('are members of the body, then the query, then the route: the first spelling stays, the last value counts', () => {
    const data = of(
      '{"Provider":"body","id":7,"list":[1],"none":null,"who":{"a":1}}',
      { ID: 'query', code: 'key' },
      { provider: 'route' },
    );

    expect({ ...data }).toEqual({
      Provider: { string: 'route' },
      id: { string: 'query' },
      who: { json: '{"a":1}' },
    });
  });

  test('go to the worker with each request: a parameter of the route is renamed there, and not in its own list', () => {
    const { triggerMetadata, inputData } = httpInvocationRequest({
      invocationId: 'i',
      functionId: 'f',
      triggerName: 'request',
      method: 'POST',
      url: 'http://h/webhooks/github',
      headers: {},
      query: { PROVIDER: 'x' },
      values: { provider: 'github' },
      body: Buffer.alloc(0),
      traceContext: { traceParent: '', traceState: '', attributes: {} },
    });

    expect(Object.keys(triggerMetadata)).toEqual(['PROVIDER', 'Headers', 'Query']);
    expect(inputData[0]?.data.http?.nullableParams).toEqual({ provider: { value: 'github' } });
  });

  test.each(['', '[1,2]', 'not json', '{"half":', '"text"'])('of a body %j are none', (body) => {
    expect({ ...of(body) }).toEqual({});
  });

  test('keep names of object members apart', () => {
    expect(Object.keys(of('{"__proto__":"x","constructor":"y"}'))).toEqual(['constructor']);
  });
});

describe('requests at once', () => {
  const holding = (turns: RequestTurns) => {
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    for (let index = 0; index < 4; index += 1) {
      void turns.take(() => {
        begun.push(index);
        return new Promise<void>((resolve) => void ends.push(resolve));
      });
    }
    return { begun, ends };
  };

  test('are as many as host.json says; the others wait for their turn', async () => {
    const { begun, ends } = holding(new RequestTurns(2));
    await settled();
    expect(begun).toEqual([0, 1]);

    ends[1]?.();
    await settled();

    expect(begun).toEqual([0, 1, 2]);
  });

  test('are as many as come when it says nothing', async () => {
    const { begun } = holding(new RequestTurns(-1));
    await settled();

    expect(begun).toEqual([0, 1, 2, 3]);
  });
});

describe('the memory of Azure’s host', () => {
  const zeros = (mb: number): Buffer => Buffer.from(`{"a":[0${',0'.repeat((mb * mib) / 2)}]}`);

  test('goes to the worst body at nearly 60 bytes for each, and 0.4 s for each megabyte', () => {
    const body = zeros(1);
    const { bytes, ms } = parseCost(body);

    expect(bytes / body.length).toBeGreaterThan(54);
    expect(bytes / body.length).toBeLessThan(60);
    expect(ms).toBeCloseTo(400, -1);
  });

  test('is out with one body more than it holds', async () => {
    const clock = new ManualClock();
    const memory = new HostMemory(256, clock);
    const body = zeros(1);
    let reason: string | undefined;
    void memory.exhausted.then((why) => {
      reason = why;
    });

    void memory.parse(body);
    await settled();
    expect(reason).toBeUndefined();
    void memory.parse(body);
    await settled();

    expect(reason).toMatch(/^Out of memory: \d+ MB/);
  });

  test('is free again when a body has been parsed', async () => {
    const clock = new ManualClock();
    const memory = new HostMemory(256, clock);
    let parsed = 0;

    for (let round = 0; round < 3; round += 1) {
      void memory.parse(zeros(1)).then(() => {
        parsed += 1;
      });
      await settled();
      clock.advance(410);
      await settled();
    }

    expect(parsed).toBe(3);
  });
});
