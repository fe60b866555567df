/** SQL databases, copies of what lies elsewhere, tokens instead of keys, and a log for debugging. */
const seldomUsed = ['./SqlBlobServer', 'axios', 'jsonwebtoken', 'winston'];

/**
 * Runs in Azurite's process before Azurite, which reads half of its 800 files for what is seldom used: those are read when they are first used,
 * so that it starts with a third less computing. `azurite` is the path of its entry point.
 */
export const laterParts = (azurite: string): string => `
  import { createRequire } from 'node:module';
  const require = createRequire(${JSON.stringify(azurite)});
  for (const part of ${JSON.stringify(seldomUsed)}) {
    const id = require.resolve(part);
    let read;
    const member = (_, name) => {
      if (name === '__esModule') return true;
      if (read === undefined) {
        delete require.cache[id];
        read = require(id);
      }
      return read[name];
    };
    require.cache[id] = { id, filename: id, loaded: true, children: [], paths: [], exports: new Proxy({}, { get: member }) };
  }`;
