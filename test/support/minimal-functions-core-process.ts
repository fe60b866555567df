import { createHash } from 'node:crypto';
import Module, { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

type Callback = (...args: unknown[]) => unknown;
type Bindings = Record<string, { type?: string; direction?: string }>;

interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ returnValue?: { http?: RpcHttpAnswer } | null }>;
}

interface RpcHttpAnswer {
  statusCode?: string;
  headers?: Record<string, string>;
  body?: { bytes?: Uint8Array; string?: string } | null;
}

interface InvokeHttp {
  readonly kind: 'invoke-http';
  readonly id: number;
  readonly name: string;
  readonly invocation: {
    readonly method: string;
    readonly url: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
    readonly params?: Record<string, string>;
    readonly query?: Record<string, string>;
  };
}

interface InvokeData {
  readonly kind: 'invoke-data';
  readonly id: number;
  readonly name: string;
  readonly data: { readonly base64: string } | { readonly string: string };
  readonly metadata: Record<string, unknown>;
}

const registered = new Map<string, { readonly bindings: Bindings; readonly callback: Callback }>();
const hooks = new Map<string, Callback[]>();
const hookData = {};
let programmingModel: { getInvocationModel(context: unknown): InvocationModel | Promise<InvocationModel> } | undefined;

class Disposable {
  readonly dispose: () => void;
  constructor(dispose: () => void) {
    this.dispose = dispose;
  }
}

const functionsCore = {
  version: '3.0.0',
  hostVersion: '4.0.0',
  Disposable,
  registerFunction: (metadata: { name: string; bindings: Bindings }, callback: Callback) => {
    registered.set(metadata.name, { bindings: metadata.bindings, callback });
    return new Disposable(() => registered.delete(metadata.name));
  },
  registerHook: (name: string, callback: Callback) => {
    hooks.set(name, [...(hooks.get(name) ?? []), callback]);
    return new Disposable(() => undefined);
  },
  setProgrammingModel: (model: typeof programmingModel) => {
    programmingModel = model;
  },
  getProgrammingModel: () => programmingModel,
  log: () => undefined,
};

const runHooks = async (name: string, context: object): Promise<void> => {
  for (const hook of hooks.get(name) ?? []) await hook(context);
};

const nullable = (values: Record<string, string> = {}) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));

const httpData = (message: InvokeHttp) => {
  const { method, url, headers, body, params, query } = message.invocation;
  return {
    http: {
      method,
      url,
      nullableHeaders: nullable(headers),
      nullableParams: nullable(params),
      nullableQuery: nullable(query ?? Object.fromEntries(new URL(url).searchParams)),
      body: body === undefined ? null : { bytes: Buffer.from(body, 'base64') },
    },
  };
};

const rpcData = (message: InvokeData) =>
  'string' in message.data ? message.data : { bytes: Buffer.from(message.data.base64, 'base64') };

/** As the host sends them: text as text, whole numbers as such, anything else as JSON. */
const rpcMetadata = (metadata: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [
      name,
      typeof value === 'string' ? { string: value } : { json: JSON.stringify(value) },
    ]),
  );

const rpcRequest = (message: InvokeHttp | InvokeData, trigger: string) => {
  const data = message.kind === 'invoke-http' ? httpData(message) : rpcData(message);
  const traceId = createHash('md5').update(String(message.id)).digest('hex');
  return {
    invocationId: `invocation-${message.id}`,
    functionId: message.name,
    inputData: [{ name: trigger, data }],
    triggerMetadata: message.kind === 'invoke-http' ? {} : rpcMetadata(message.metadata),
    traceContext: { traceParent: `00-${traceId}-${traceId.slice(0, 16)}-00`, traceState: '', attributes: {} },
    retryContext: null,
  };
};

const invoke = async (message: InvokeHttp | InvokeData) => {
  const lines: string[] = [];
  const found = registered.get(message.name);
  const trigger = Object.entries(found?.bindings ?? {}).find(([, binding]) => /trigger$/i.test(binding.type ?? ''));
  if (found === undefined || trigger === undefined) throw new Error(`No function is called ${message.name}`);
  const request = rpcRequest(message, trigger[0]);
  const model = await programmingModel?.getInvocationModel({
    invocationId: request.invocationId,
    request,
    metadata: { name: message.name, functionId: message.name, bindings: found.bindings },
    log: (_level: string, _category: string, line: string) => lines.push(line),
  });
  if (model === undefined) throw new Error('The app has set no programming model');
  const { context, inputs } = await model.getArguments();
  const before = {
    hookData: {},
    appHookData: hookData,
    invocationContext: context,
    inputs,
    functionCallback: found.callback,
  };
  await runHooks('preInvocation', before);
  const result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  const after = {
    hookData: before.hookData,
    appHookData: hookData,
    invocationContext: context,
    inputs,
    result,
    error: null,
  };
  await runHooks('postInvocation', after);
  const response = await model.getResponse(context, after.result);
  const http = response.returnValue?.http ?? {};
  const bytes = Buffer.from(http.body?.bytes ?? http.body?.string ?? '');
  return {
    status: Number(http.statusCode ?? '204'),
    headers: http.headers ?? {},
    base64: bytes.toString('base64'),
    lines,
  };
};

const load = async (entryFile: string): Promise<void> => {
  const plainRequire = Module.prototype.require;
  Module.prototype.require = function (this: unknown, id: string) {
    return id === '@azure/functions-core' ? functionsCore : Reflect.apply(plainRequire, this, [id]);
  };
  if (entryFile.endsWith('.cjs')) createRequire(entryFile)(entryFile);
  else await import(pathToFileURL(entryFile).href);
  await runHooks('appStart', { hookData, appHookData: hookData, functionAppDirectory: process.cwd() });
};

const reply = (message: object): void => {
  process.send?.(message);
};

const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));

process.on('message', (message: InvokeHttp | InvokeData) => {
  invoke(message).then(
    (answer) => reply({ kind: 'answered', id: message.id, answer }),
    (error: unknown) => reply({ kind: 'threw', id: message.id, message: describe(error) }),
  );
});
process.on('disconnect', () => {
  runHooks('appTerminate', { hookData, appHookData: hookData }).finally(() => process.exit(0));
});
load(process.argv[2] ?? '').then(
  () => {
    const functions = [...registered].map(([name, { bindings }]) => ({ name, bindings }));
    reply({ kind: 'loaded', functions });
  },
  (error: unknown) => reply({ kind: 'load-failed', message: describe(error) }),
);
