import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { environmentSchema } from '../../../src/settings/environment-schema.js';
import { describeProblems } from '../../../src/settings/problem.js';
import { readSettings } from '../../../src/settings/read-settings.js';

const sampleSchema = z.strictObject({
  IsEncrypted: z.literal(false),
  Values: z.record(z.string(), z.string()),
  Host: z.object({ LocalHttpPort: z.literal(7071) }),
});

const sample = sampleSchema.parse(JSON.parse(readFileSync('local.settings.sample.json', 'utf8')));

describe('local.settings.sample.json', () => {
  it('sample: reads without a problem, as it stands', () => {
    const reading = readSettings(sample.Values);

    expect(reading.ok ? '' : describeProblems(reading.problems)).toBe('');
    expect(reading).toMatchObject({ ok: true, settings: { development: true } });
  });

  it('sample: holds every setting there is', () => {
    expect(Object.keys(environmentSchema.shape).filter((name) => !(name in sample.Values))).toEqual([]);
  });

  it('sample: shows the defaults, so that copying it changes nothing', () => {
    const { Values } = sample;
    const connections = ['AZURE_FUNCTIONS_ENVIRONMENT', 'PayloadStorage', 'ServiceBus', 'KeyVault__vaultUri'];
    const bare = readSettings(Object.fromEntries(connections.map((name) => [name, Values[name]])));
    const full = readSettings({ ...Values });
    if (!bare.ok || !full.ok) throw new Error('the sample does not read');

    expect({ ...full.settings, circuitBreakers: undefined }).toEqual({ ...bare.settings, circuitBreakers: undefined });
  });

  it('sample: names one override of each circuit breaker', () => {
    const reading = readSettings(sample.Values);
    if (!reading.ok) throw new Error('the sample does not read');

    expect(reading.settings.circuitBreakers).toEqual({
      serviceBus: { failureThreshold: 5 },
      blobStorage: { failureThreshold: 5 },
      keyVault: { failureThreshold: 3 },
    });
  });

  it("sample: the host's body limit lets Breakwater answer 413 itself", () => {
    const reading = readSettings(sample.Values);
    if (!reading.ok) throw new Error('the sample does not read');

    expect(Number(sample.Values['FUNCTIONS_REQUEST_BODY_SIZE_LIMIT'])).toBeGreaterThan(
      reading.settings.maxPayloadBytes,
    );
  });
});
