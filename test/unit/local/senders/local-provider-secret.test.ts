import { describe, expect, it } from 'vitest';
import { localProviderSecret, localSecretOf } from '../../../../local/senders/local-provider-secret.js';
import { discord } from '../../../../src/providers/discord.js';
import { github } from '../../../../src/providers/github.js';
import { gitlab } from '../../../../src/providers/gitlab.js';

describe('the secret of this machine', () => {
  it.each([github, gitlab])('is the documented one wherever that will do: $name', (provider) => {
    expect(localProviderSecret(provider)).toEqual({
      stored: "It's a Secret to Everybody",
      signing: "It's a Secret to Everybody",
    });
  });

  it('comes as a pair of keys where the sender keeps the private one', () => {
    const { stored, signing } = localSecretOf('discord');

    expect(stored).toMatch(/^[0-9a-f]{64}$/);
    expect(signing).toMatch(/^[0-9a-f]{64}$/);
    expect(stored).not.toBe(signing);
  });

  it('has the form that a tenant of providers.json asks for', () => {
    const own = [{ ...discord, name: 'discord-acme' }];

    expect(localSecretOf('discord-acme', own)).toEqual(localSecretOf('discord'));
  });

  it('is the documented one for whoever is not known', () => {
    expect(localSecretOf('nobody').stored).toBe("It's a Secret to Everybody");
  });
});
