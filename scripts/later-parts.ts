import type { Plugin } from 'esbuild';

/** SQL databases, copies of what lies elsewhere, tokens instead of keys, and a log for debugging. */
const seldomUsed = /^(\.\/SqlBlobServer|axios|jsonwebtoken|winston)$/;

/**
 * Leaves out of Azurite's bundle what it seldom uses, half of its files: that is read from the package when it is first used, so that
 * Azurite starts with less CPU.
 */
export const laterParts: Plugin = {
  name: 'later-parts',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: seldomUsed }, ({ path }) => ({ path, namespace: 'later' }));
    onLoad({ filter: /^/, namespace: 'later' }, ({ path }) => ({
      contents: `
        const { createRequire } = process.getBuiltinModule('node:module');
        const read = () => createRequire(createRequire(__filename).resolve('azurite/dist/src/blob/main.js'))('${path}');
        let part;
        module.exports = new Proxy({}, { get: (_, member) => member === '__esModule' || (part ??= read())[member] });`,
    }));
  },
};
