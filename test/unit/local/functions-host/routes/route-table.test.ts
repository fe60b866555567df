import { describe, expect, test } from 'vitest';
import { type Routed, RouteTable } from '../../../../../local/functions-host/routes/route-table.js';

const routed = (name: string, route: string, methods: readonly string[] = ['GET']): Routed => ({
  name,
  trigger: { route, methods, authLevel: 'anonymous' },
});

const find = (routes: readonly Routed[], path: string, method = 'GET') => {
  const match = new RouteTable('api', routes).match(method, path);
  return match === undefined ? undefined : { name: match.target.name, values: { ...match.values } };
};

describe('route table', () => {
  test('a literal beats a parameter, a constrained parameter beats a free one, anything beats a catch-all', () => {
    const routes = [
      routed('a-rest', 'x/{*rest}'),
      routed('b-free', 'x/{id}'),
      routed('c-number', 'x/{id:int}'),
      routed('d-literal', 'x/me'),
    ];

    expect(find(routes, '/api/x/me')?.name).toBe('d-literal');
    expect(find(routes, '/api/x/7')?.name).toBe('c-number');
    expect(find(routes, '/api/x/you')?.name).toBe('b-free');
    expect(find(routes, '/api/x/you/too')?.name).toBe('a-rest');
  });

  test('a better template without the method leaves the request to the next', () => {
    const routes = [routed('literal', 'x/me', ['PUT']), routed('free', 'x/{id}')];

    expect(find(routes, '/api/x/me')?.name).toBe('free');
    expect(find(routes, '/api/x/me', 'DELETE')).toBeUndefined();
  });

  test.each([
    ['optional', '/api/a', { name: 'f', values: {} }],
    ['optional', '/api/a/1', { name: 'f', values: { id: '1' } }],
    ['given', '/api/a', { name: 'f', values: { id: '5' } }],
    ['given', '/api/a/1', { name: 'f', values: { id: '1' } }],
  ])('a parameter that is %s fits %s', (kind, path, expected) => {
    const route = kind === 'optional' ? 'a/{id?}' : 'a/{id=5}';

    expect(find([routed('f', route)], path)).toEqual(expected);
  });

  test('mixed segments take the last separator, as ASP.NET Core does', () => {
    expect(find([routed('f', 'f/{name}.{type}')], '/api/f/a.tar.gz')?.values).toEqual({ name: 'a.tar', type: 'gz' });
    expect(find([routed('f', 'f/{name}.{type}')], '/api/f/plain')).toBeUndefined();
  });

  test('letters match in any case, values keep theirs', () => {
    expect(find([routed('f', 'Word/{W}')], '/API/wORD/Abc')).toEqual({ name: 'f', values: { W: 'Abc' } });
  });

  test('an empty segment is no value', () => {
    expect(find([routed('f', 'a/{id}/b')], '/api/a//b')).toBeUndefined();
    expect(find([routed('f', 'a/{id?}')], '/api/a//')).toBeUndefined();
  });

  test('without a prefix a route starts at the root', () => {
    const table = new RouteTable('', [routed('f', 'a')]);

    expect(table.match('GET', '/a')?.target.name).toBe('f');
    expect(table.match('GET', '/api/a')).toBeUndefined();
  });

  test('parameters named like object members are ordinary parameters', () => {
    expect(find([routed('f', '{constructor}/{toString}')], '/api/a/b')?.values).toEqual({
      constructor: 'a',
      toString: 'b',
    });
    expect(Object.entries(new RouteTable('', [routed('f', '{__proto__}')]).match('GET', '/a')?.values ?? {})).toEqual([
      ['__proto__', 'a'],
    ]);
  });

  test.each([
    ['{id:int}', ['7', '-7', '2147483647'], ['x', '1.5', '2147483648']],
    ['{id:long}', ['9223372036854775807'], ['9223372036854775808']],
    ['{id:bool}', ['true', 'False'], ['1']],
    ['{id:guid}', ['0af76519-16cd-43dd-8448-eb211c80319c'], ['0af76519']],
    ['{id:alpha}', ['abc'], ['a1']],
    ['{id:decimal}', ['1.5', '-2'], ['x']],
    ['{id:datetime}', ['2026-01-01'], ['soon']],
    ['{id:min(3)}', ['3'], ['2', 'x']],
    ['{id:max(3)}', ['3', '-9'], ['4']],
    ['{id:range(2,4)}', ['2', '4'], ['1', '5']],
    ['{id:length(2)}', ['ab'], ['a', 'abc']],
    ['{id:length(2,3)}', ['ab', 'abc'], ['a', 'abcd']],
    ['{id:minlength(2)}', ['ab'], ['a']],
    ['{id:maxlength(2)}', ['ab'], ['abc']],
    ['{id:regex(^\\d{{3}}$)}', ['123'], ['12', '1234']],
    ['{id:int:min(1):max(9)?}', ['5'], ['0', '10']],
  ])('the constraint of %s is kept', (template, fitting, unfit) => {
    const routes = [routed('f', template)];

    for (const value of fitting) expect(find(routes, `/api/${value}`)?.values).toEqual({ id: value });
    for (const value of unfit) expect(find(routes, `/api/${value}`)).toBeUndefined();
  });

  test.each([
    '{id',
    'id}',
    '{}',
    '{a}/{a}',
    '{*rest}/more',
    '{id:}',
    '{id:int(3)}',
    '{id:min(x)}',
    '{id:regex([)}',
    'a{b?}',
  ])('the template %s is refused', (template) => {
    expect(() => new RouteTable('api', [routed('f', template)])).toThrow(RangeError);
  });

  test('overlaps that the order of names would decide otherwise are found, and no others', () => {
    const table = new RouteTable('api', [
      routed('a-free', 'x/{id}'),
      routed('b-literal', 'x/me'),
      routed('c-free', 'y/{id}'),
      routed('b-other', 'y/me'),
      routed('z-put', 'x/me', ['PUT']),
      routed('z-longer', 'x/{id}/more'),
    ]);

    expect([...table.decidedOtherwiseInAzure()]).toEqual([{ preferred: 'b-literal', other: 'a-free' }]);
  });
});
