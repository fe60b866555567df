import { expect, it } from 'vitest';
import { type BannerFacts, emulatorsBanner, startBanner } from '../../../../local/commands/stack/banner.js';
import type { Bot } from '../../../../src/routing/bot.js';
import { builtInNames } from '../../../../src/settings/built-in-names.js';

const bot = (name: string): Bot => ({
  name,
  queue: `bot-${name}`,
  events: [],
  ordered: true,
  orderBy: 'entity',
});

const facts: BannerFacts = {
  record: {
    version: 1,
    pid: 1,
    startedAt: '2026-11-29T12:00:00Z',
    host: { kind: 'built-in', url: 'http://127.0.0.1:7171' },
    blobStorage: { connectionString: 'BlobEndpoint=http://127.0.0.1:10100/devstoreaccount1' },
    serviceBus: { connectionString: 'Endpoint=sb://127.0.0.1:5772' },
    keyVault: { vaultUri: 'https://127.0.0.1:8543', caFile: '/state/ca.pem' },
    bots: [],
    control: { url: 'http://127.0.0.1:1', token: 't' },
  },
  bots: [bot('merge-warden')],
  providers: ['github'],
  ownProviders: [],
  stateArgument: '',
  enableAuth: false,
  settings: { file: undefined, fromFile: [], overridden: [] },
};

it('the banner says where to send, where to look and what to do next', () => {
  const text = startBanner(facts).join('\n');

  expect(text).toContain('http://127.0.0.1:7171/api/webhooks/github');
  expect(text).toContain('http://127.0.0.1:7171/api/console');
  expect(text).toContain('npm run send -- github pull_request.opened');
  expect(text).toMatch(/PROVIDERS=github,[a-z-]+ npm start/);
  expect(text).toContain('Ctrl-C stops everything');
});

it('the banner fits a screen, however much there is to say', () => {
  const names = Array.from({ length: 40 }, (_, index) => `A_SETTING_${index}`);
  const lines = startBanner({
    ...facts,
    bots: names.map(bot),
    providers: builtInNames,
    enableAuth: true,
    settings: { file: 'local.settings.json', fromFile: names, overridden: names },
  });

  expect(lines.length).toBeLessThanOrEqual(24);
  expect(lines.join('\n')).toContain('A_SETTING_4 and 35 more from local.settings.json');
});

it('the banner says which settings come from the file, and which of them the environment has otherwise', () => {
  const settings = { file: 'local.settings.json', fromFile: ['PROVIDERS'], overridden: ['MAX_PAYLOAD_BYTES'] };

  expect(startBanner({ ...facts, settings }).join('\n')).toContain(
    'PROVIDERS from local.settings.json; MAX_PAYLOAD_BYTES from the environment, which wins',
  );
});

it('dependencies on other ports print every value to paste', () => {
  const { host: _, ...record } = facts.record;
  const text = emulatorsBanner({ ...facts, record }, false).join('\n');

  for (const value of [
    /AzureWebJobsStorage +BlobEndpoint/,
    /PayloadStorage +BlobEndpoint/,
    /ServiceBus +Endpoint=sb/,
    /KeyVault__vaultUri +https/,
    /NODE_EXTRA_CA_CERTS +\/state\/ca\.pem/,
  ])
    expect(text).toMatch(value);
});
