import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../local/senders/local-provider-secret.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import { discord } from '../../../src/providers/discord.js';
import { createRefuseUnfitForm } from '../../../src/providers/secret-form.js';
import { everyFixture, putOnTest, signedFixture } from './provider-on-test.js';

const refuse = createRefuseUnfitForm(
  builtInProviders.map(({ name }) => name),
  (name) => builtInProviders.find((provider) => provider.name === name),
);

const standardForms =
  'whsec_ and base64 of at least 16 bytes, or whpk_ and base64 of 32 bytes, or base64 of at least 16 bytes';

describe('the form of a secret', () => {
  it.each(
    builtInProviders.map(({ name, signing }) => [name, localProviderSecret({ signing }).stored]),
  )('of %s is the one that its scheme asks for', (name, stored) => {
    expect(refuse(stored, `${name}-webhook-secret`)).toBeUndefined();
  });

  it.each([
    ['discord', 'a text that is no public key', '64 hex digits in lower case'],
    ['microsoft-teams', 'a text that is no base64', 'base64 of at least 16 bytes'],
    ['standard-webhooks', 'whsec_', standardForms],
    ['standard-webhooks', `v1,whsec_${Buffer.alloc(32, 7).toString('base64')}`, standardForms],
    ['svix', 'whsec_c2hvcnQ=', standardForms],
    ['azure-devops', 'a password without a user', 'user:password'],
  ])('of %s is refused when it is %j, and told as it should be', (name, value, form) => {
    expect(refuse(value, `${name}-webhook-secret`)).toBe(`does not have the form that ${name} signs with: ${form}`);
  });

  it('of other secrets is nobody’s business', () => {
    expect(refuse('any text', 'admin-token')).toBeUndefined();
  });

  it('is our fault when it is wrong: 503, never 401, and the log says what is wrong', async () => {
    const test = putOnTest(discord);
    const [fixture] = everyFixture.filter(({ provider }) => provider.name === 'discord').map((each) => each.fixture);
    test.memory.secrets.set('discord-webhook-secret', 'a text that is no public key');

    const reply = fixture && (await test.post(signedFixture(discord, fixture, test.nowMs)));

    expect(reply).toMatchObject({ status: 503, json: { code: 'SecretUnavailable' } });
    expect(test.memory.lines).toContainEqual(
      expect.objectContaining({
        event: 'secret.refused',
        reason: 'does not have the form that discord signs with: 64 hex digits in lower case',
      }),
    );
  });
});
