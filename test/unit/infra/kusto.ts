import { createRequire } from 'node:module';
import * as z from 'zod';

const require = createRequire(import.meta.url);
require('@kusto/language-service-next/bridge.min.js');
require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');

type Constructor = new (...args: readonly unknown[]) => unknown;

const isObject = (value: unknown): value is object =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

/** The library makes itself known as a global, in the names of its own .NET; read here member by member. */
const member = (from: unknown, path: string): unknown =>
  path.split('.').reduce((value: unknown, name) => (isObject(value) ? Reflect.get(value, name) : undefined), from);

const construct = (path: string, ...args: readonly unknown[]): unknown => {
  const type = member(globalThis, path);
  if (typeof type !== 'function') throw new TypeError(`Kusto has no ${path}`);
  return Reflect.construct(type satisfies Constructor | object, args);
};

const call = (target: unknown, method: string, ...args: readonly unknown[]): unknown => {
  const found = member(target, method);
  if (typeof found !== 'function') throw new TypeError(`Kusto has no ${method}`);
  return Reflect.apply(found, target, args);
};

/** https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces, apprequests and appmetrics: the columns that queries use. */
export const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AppTraces: {
    TimeGenerated: 'datetime',
    Message: 'string',
    OperationName: 'string',
    AppRoleInstance: 'string',
    _ResourceId: 'string',
  },
  AppRequests: {
    TimeGenerated: 'datetime',
    Name: 'string',
    ResultCode: 'string',
    Success: 'bool',
    _ResourceId: 'string',
  },
  AppMetrics: {
    TimeGenerated: 'datetime',
    Name: 'string',
    Sum: 'real',
    Max: 'real',
    ItemCount: 'int',
    Properties: 'dynamic',
    _ResourceId: 'string',
  },
};

const schemaOf = (columns: Readonly<Record<string, string>>): string =>
  `(${Object.entries(columns)
    .map(([name, type]) => `${name}: ${type}`)
    .join(', ')})`;

const workspace = construct(
  'Kusto.Language.Symbols.DatabaseSymbol.ctor',
  'workspace',
  Object.entries(tables).map(([name, columns]) =>
    construct('Kusto.Language.Symbols.TableSymbol.$ctor7', name, schemaOf(columns), null),
  ),
);
const world = call(member(globalThis, 'Kusto.Language.GlobalState.Default'), 'WithDatabase', workspace);
const diagnosticSchema = z.object({ Severity: z.string(), Message: z.string(), Start: z.number() });

export interface KustoAnalysis {
  /** What Kusto's own parser says against the query, with the place in it. */
  readonly problems: readonly string[];
  readonly columns: readonly string[];
}

const itemsOf = (list: unknown): readonly unknown[] =>
  Array.from({ length: z.number().parse(member(list, 'Count')) }, (_none, index) => call(list, 'getItem', index));

/** Parses and binds a query against the tables above, as Azure does before it runs one. */
export const analyse = (query: string): KustoAnalysis => {
  const code = call(member(globalThis, 'Kusto.Language.KustoCode'), 'ParseAndAnalyze', query, world);
  const problems = itemsOf(call(code, 'GetDiagnostics')).map((item) => {
    const [severity, message, start] = ['Severity', 'Message', 'Start'].map((name) => member(item, name));
    const diagnostic = diagnosticSchema.parse({ Severity: severity, Message: message, Start: start });
    return `${diagnostic.Severity} at ${diagnostic.Start}: ${diagnostic.Message}`;
  });
  const columns = itemsOf(member(code, 'ResultType.Columns')).map((column) => z.string().parse(member(column, 'Name')));
  return { problems, columns };
};
