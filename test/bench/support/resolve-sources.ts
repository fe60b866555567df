import { registerHooks } from 'node:module';

/**
 * Lets Node run our sources as they are: it strips types by itself, but does not know that `./x.js` is written in `./x.ts`.
 * Loaded with `--import` by the bench command; a child process that gets `process.execArgv` has it too.
 */
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOurs =
      specifier.startsWith('.') && specifier.endsWith('.js') && !context.parentURL?.includes('/node_modules/');
    if (!isOurs) return nextResolve(specifier, context);
    try {
      return nextResolve(specifier.replace(/\.js$/, '.ts'), context);
    } catch {
      return nextResolve(specifier, context);
    }
  },
});
