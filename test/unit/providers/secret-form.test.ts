import { describe, expect, it } from 'vitest';
import { localProviderSecret } from '../../../src/local/senders/local-provider-secret.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import { discord } from '../../../src/providers/discord.js';
import { createRefuseUnfitForm } from '../../../src/providers/secret-form.js';
import { everyFixture, putOnTest, signedFixture } from './provider-on-test.js';

const refuse = createRefuseUnfitForm(
  builtInProviders.map(({ name }) => name),
  (name) => builtInProviders.find((provider) => provider.name === name),
);

describe('the form of a secret', () => {
  it.each(
    builtInProviders.map(({ name, signing }) => [name, localProviderSecret({ signing }).stored]),
  )('of %s is the one that its scheme asks for', (name, stored) => {
    expect(refuse(stored, `${name}-webhook-secret`)).toBeUndefined();
  });

  it.each([
    ['discord', 'a text that is no public key'],
    ['microsoft-teams', 'a text that is no base64'],
    ['standard-webhooks', 'whsec_'],
    ['svix', 'whsec_c2hvcnQ='],
    ['azure-devops', 'a password without a user'],
  ])('of %s is refused when it is %j', (name, value) => {
    expect(refuse(value, `${name}-webhook-secret`)).toBe(`has not the form that ${name} signs with`);
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
      expect.objectContaining({ event: 'secret.refused', reason: 'has not the form that discord signs with' }),
    );
  });
});
