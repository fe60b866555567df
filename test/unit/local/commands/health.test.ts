import { describe, expect, it } from 'vitest';
import { describeHealth } from '../../../../local/commands/looking/describe-health.js';

describe('health for a terminal', () => {
  it('has a row for each check with its reason, and says what to do about those that are not well', () => {
    const report = {
      status: 'degraded',
      version: '1.0.0',
      instance: 'one',
      checks: {
        service_bus_circuit: { healthy: true, status: 'Healthy', message: 'State: Closed' },
        'queue:bot-notifier': {
          healthy: false,
          status: 'Degraded',
          message: 'State: Open, last failure: not-found',
          reason: 'not-found',
          action: 'Make it.',
        },
        telemetry: { healthy: true, status: 'NotConfigured', message: 'NotConfigured: nothing', action: 'Set it.' },
      },
      outbox: { pending: 0, oldestSeconds: 0 },
    };

    expect(describeHealth(report).lines).toEqual([
      'degraded, version 1.0.0, instance one',
      '✓  service_bus_circuit  State: Closed',
      '✗  queue:bot-notifier   State: Open, last failure: not-found  not-found',
      '-  telemetry            NotConfigured: nothing',
      'outbox: 0 pending',
      '',
      'What to do:',
      '✗ queue:bot-notifier: Make it.',
    ]);
  });
});
