import { github } from './github.js';
import type { Provider } from './provider.js';

/** Every provider that Breakwater brings; the `PROVIDERS` setting says which are on. */
export const builtInProviders: readonly Provider[] = [github];
