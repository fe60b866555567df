import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { mergeSettings, readLocalSettings } from '../../../../local/stack/local-settings.js';

const problems = (text: string): readonly string[] => {
  const reading = readLocalSettings(text);
  return reading.ok ? [] : reading.problems.map(({ path, what, expected }) => `${path} ${what}: ${expected}`);
};

const valuesOf = (text: string): Readonly<Record<string, string>> => {
  const reading = readLocalSettings(text);
  if (!reading.ok) throw new Error('It is wrong');
  return reading.values;
};

const sample = valuesOf(readFileSync('local.settings.sample.json', 'utf8'));

it('takes what func takes: comments, trailing commas, members in any case, numbers and booleans', () => {
  const text = `{ // mine
    "isEncrypted": false, /* "Values": 1 */
    "values": { "PROVIDERS": "github,slack", "URL": "http://x//y", "MAX_PAYLOAD_BYTES": 1024, "ON": true, },
    "Host": { "LocalHttpPort": 7272, "CORS": "*" },
  }`;

  expect(readLocalSettings(text)).toEqual({
    ok: true,
    values: { PROVIDERS: 'github,slack', URL: 'http://x//y', MAX_PAYLOAD_BYTES: '1024', ON: 'true' },
    port: 7272,
  });
});

it.each([
  ['{ "Values": { "PROVIDERS": "github" }', ' is not JSON at line 1, column 38: JSON'],
  ['[]', ' is no JSON object: IsEncrypted, Values and Host'],
  ['{"Vales":{}}', 'vales is no member of this file: IsEncrypted, Values or Host'],
  ['{"Values":{"A":{}}}', 'Values.A is of the wrong kind: a text, number, true or false'],
  ['{"Values":["A"]}', 'Values is of the wrong kind: an object'],
  ['{"Host":{"LocalHttpPort":"abc"}}', 'Host.LocalHttpPort is of the wrong kind: a port from 1 to 65535'],
  [
    '{"IsEncrypted":true}',
    'IsEncrypted is of the wrong kind: false: only func reads encrypted settings ("func settings decrypt")',
  ],
  ['{"Values":{"PROVIDER":"slack"}}', 'Values.PROVIDER is no setting of this app: PROVIDERS, if that is what it means'],
  [
    '{"Values":{"providers":"slack"}}',
    'Values.providers is no setting of this app: PROVIDERS, if that is what it means',
  ],
])('refuses %s', (text, problem) => {
  expect(problems(text)).toEqual([problem]);
});

it('knows the sample, and settings of other programs', () => {
  expect(problems(JSON.stringify({ Values: { ...sample, MY_BOT_TOKEN: 'x', WEBHOOK_SECRET_SLACK: 'y' } }))).toEqual([]);
});

it('the copied sample changes nothing, and leaves the stand-ins where the stack has them', () => {
  const merged = mergeSettings({ PATH: '/bin' }, sample, sample);

  expect([merged.fromFile, merged.overridden]).toEqual([[], []]);
  expect(merged.environment).not.toHaveProperty('ServiceBus');
  expect(merged.environment).not.toHaveProperty('NODE_EXTRA_CA_CERTS');
});

it('says which values come from the file, and lets the environment win, as func does', () => {
  const values = { ...sample, PROVIDERS: 'slack', QUEUE_UNAVAILABLE: 'defer', ServiceBus: 'Endpoint=sb://other' };
  const { environment, fromFile, overridden } = mergeSettings({ PROVIDERS: 'stripe' }, values, sample);

  expect([fromFile, overridden]).toEqual([['ServiceBus', 'QUEUE_UNAVAILABLE'], ['PROVIDERS']]);
  expect(environment).toMatchObject({
    PROVIDERS: 'stripe',
    QUEUE_UNAVAILABLE: 'defer',
    ServiceBus: 'Endpoint=sb://other',
  });
});
