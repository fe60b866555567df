// Stands in for the Functions worker, in plain JavaScript so that nothing but the app's own loading is measured: supplies
// `@azure/functions-core` to `require`, loads the entry file, runs the start hooks, and invokes one function when asked.
const Module = require('node:module');
const { pathToFileURL } = require('node:url');

const registered = new Map();
const startHooks = [];
let model;
const core = {
  version: '3.0.0',
  hostVersion: '4.0.0',
  Disposable: class {
    dispose() {}
  },
  registerFunction: (metadata, callback) => {
    registered.set(metadata.name, { ...metadata, callback });
    return new core.Disposable();
  },
  registerHook: (name, callback) => {
    if (name === 'appStart') startHooks.push(callback);
    return new core.Disposable();
  },
  setProgrammingModel: (given) => {
    model = given;
  },
  getProgrammingModel: () => model,
  log: () => {},
};

const plainRequire = Module.prototype.require;
Module.prototype.require = function (id) {
  return id === '@azure/functions-core' ? core : Reflect.apply(plainRequire, this, [id]);
};

const spent = () => {
  const { user, system } = process.cpuUsage();
  return { wallMs: performance.now(), cpuMs: (user + system) / 1000 };
};

const load = async (entry) => {
  if (entry.endsWith('.cjs')) require(entry);
  else await import(pathToFileURL(entry).href);
  for (const hook of startHooks) await hook({ hookData: {}, appHookData: {} });
  process.send({ kind: 'registered', ...spent(), functions: registered.size });
};

const invoke = async ({ name, http }) => {
  const { callback, bindings } = registered.get(name);
  const trigger = Object.keys(bindings).find((binding) => /trigger$/i.test(bindings[binding].type));
  const { bytes, ...request } = http;
  const data = { http: { ...request, body: { bytes: Buffer.from(bytes, 'base64') } } };
  const invocation = await model.getInvocationModel({
    invocationId: 'first',
    request: { invocationId: 'first', functionId: name, inputData: [{ name: trigger, data }], triggerMetadata: {} },
    metadata: { name, functionId: name, bindings },
    log: () => {},
  });
  const { context, inputs } = await invocation.getArguments();
  const result = await invocation.invokeFunction(context, inputs, callback);
  const { returnValue } = await invocation.getResponse(context, result);
  process.send({ kind: 'answered', ...spent(), status: Number(returnValue.http.statusCode) });
};

process.on('message', (message) =>
  invoke(message).catch((error) => process.send({ kind: 'failed', reason: error.stack })),
);
load(process.argv[2]).catch((error) => process.send({ kind: 'failed', reason: error.stack }));
