import { registerHooks } from 'node:module';
import { FunctionsHostError } from '../functions-host-error.js';
import type { FunctionsCore } from './functions-core.js';

const specifier = '@azure/functions-core';
const moduleUrl = 'functions-core:module';
const slot = Symbol.for('functions-host.functions-core');

/** The dead assignment names the exports for an `import { … }`, which looks for them without running the code. */
const moduleSource = `
module.exports = globalThis[Symbol.for('functions-host.functions-core')];
0 && (module.exports = { version, hostVersion, Disposable, registerFunction, registerHook, setProgrammingModel, getProgrammingModel, log });
`;

/**
 * Makes `@azure/functions-core` resolve to `core` for every `require` and `import` of this process, wherever it comes
 * from: the library may be bundled into the app. Once per process, for the library keeps the first one that it sees.
 */
export const provideFunctionsCore = (core: FunctionsCore): void => {
  if (Reflect.has(globalThis, slot)) {
    throw new FunctionsHostError('second-app', 'This process runs a Functions app already; start another process.');
  }
  Reflect.set(globalThis, slot, core);
  registerHooks({
    resolve: (requested, context, nextResolve) =>
      requested === specifier
        ? { url: moduleUrl, format: 'commonjs', shortCircuit: true }
        : nextResolve(requested, context),
    load: (url, context, nextLoad) =>
      url === moduleUrl ? { format: 'commonjs', source: moduleSource, shortCircuit: true } : nextLoad(url, context),
  });
};
