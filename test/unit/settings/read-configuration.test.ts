import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/settings/read-configuration.js';
import { readProviders } from '../../../src/settings/read-providers.js';

const environment = {
  AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
  PayloadStorage: 'UseDevelopmentStorage=true',
  ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
  WEBHOOK_SECRET_GITHUB: 'a-secret-for-tests-only',
};

const botsFile = JSON.stringify({ bots: [{ name: 'notifier', queue: 'bot-notifier', events: ['*'] }] });

describe('configuration', () => {
  it('good settings and a good bots file are read together', () => {
    const reading = readConfiguration({
      environment,
      readText: (path) => (path === 'bots.json' ? botsFile : undefined),
      readProviders,
    });

    expect(reading).toMatchObject({ ok: true, settings: { providers: ['github'] }, bots: [{ name: 'notifier' }] });
  });

  it('what is wrong with the settings, the providers and the bots file is reported in one text', () => {
    const wrong = { ...environment, ServiceBus: '', PROVIDERS: 'github,nobody', QUEUE_UNAVAILABLE: 'perhaps' };

    const reading = readConfiguration({
      environment: wrong,
      readText: (path) => (path === 'bots.json' ? '{"bots":[{"name":"Big Bot"}]}' : undefined),
      readProviders,
    });

    expect(reading.ok).toBe(false);
    const report = reading.ok ? '' : reading.report;
    expect(report).toContain('ServiceBus is not set');
    expect(report).toMatch(/PROVIDERS names nobody; expected any of .*\bgithub\b/);
    expect(report).toContain('QUEUE_UNAVAILABLE is "perhaps"');
    expect(report).toContain('bots.json:\n');
    expect(report).toContain('bots[0].name');
    expect(report).toContain('bots[0].queue');
  });

  it('a bots file that is not there is a problem, named by its path', () => {
    const reading = readConfiguration({
      environment: { ...environment, BOTS_CONFIG: 'config/bots.json' },
      readText: () => undefined,
      readProviders,
    });

    expect(reading).toMatchObject({ ok: false, report: expect.stringContaining('config/bots.json:') });
  });

  it('no secret is shown, whatever is wrong with it', () => {
    const wrong = {
      ...environment,
      WEBHOOK_SECRET_GITHUB: 'short-secret',
      ServiceBus: 'Endpoint=nonsense;SharedAccessKey=hidden',
    };

    const reading = readConfiguration({
      environment: wrong,
      readText: (path) => (path === 'bots.json' ? botsFile : undefined),
      readProviders,
    });

    expect(JSON.stringify(reading)).not.toMatch(/short-secret|hidden/);
  });
});
