import { builtInProviders } from '../providers/built-in.js';

/** The names of the providers that Breakwater brings. The build puts the names in its place, so that a start reads no provider for them. */
export const builtInNames: readonly string[] = builtInProviders.map(({ name }) => name);
