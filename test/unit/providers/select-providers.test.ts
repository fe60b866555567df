import { describe, expect, it } from 'vitest';
import { builtInProviders, createProviderLookup } from '../../../src/providers/built-in.js';

describe('providers', () => {
  it('finds one that is switched on', () => {
    expect(createProviderLookup(['github'])('github')?.name).toBe('github');
  });

  it('finds it in any letters, as Azure matches a route', () => {
    expect(createProviderLookup(['github'])('GitHub')?.name).toBe('github');
  });

  it.each(['gitlab', 'GitLab', '', '__proto__', 'constructor'])('does not find %j', (name) => {
    expect(createProviderLookup(['github'])(name)).toBeUndefined();
  });

  it('does not find one that exists but is off', () => {
    expect(createProviderLookup([])('github')).toBeUndefined();
  });

  it('a name that does not exist stops the start, and the message says which do', () => {
    expect(() => createProviderLookup(['github', 'gthub'])).toThrow(/gthub.*github/);
  });

  it('each has a name of its own that can stand in a route, a type and a secret name', () => {
    const names = builtInProviders.map(({ name }) => name);

    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,62}$/);
  });
});
