import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/circuit-breaker/presets.js';
import { problemCatalogue } from '../../../src/http/problems.js';
import { environmentSchema } from '../../../src/settings/environment-schema.js';

const root = join(import.meta.dirname, '../../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const scriptNames = (): readonly string[] =>
  typeof manifest === 'object' && manifest !== null && 'scripts' in manifest ? Object.keys(manifest.scripts ?? {}) : [];

const section = (name: string): string =>
  new RegExp(`<!-- ${name} -->([\\s\\S]*?)<!-- /${name} -->`).exec(readme)?.[1] ?? '';

describe('README', () => {
  it('lists every problem code with its status, and no other', () => {
    const rows = [...section('problems').matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(([, status, code]) => [
      code,
      Number(status),
    ]);

    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(problemCatalogue).map(([code, { status }]) => [code, status])),
    );
  });

  it('names every setting', () => {
    const missing = Object.keys(environmentSchema.shape).filter((name) => !readme.includes(`\`${name}\``));

    expect(missing).toEqual([]);
  });

  it('states the defaults that the code has', () => {
    const rows = [...section('settings').matchAll(/^\| `([A-Z_]+)` \| (`([^`]+)`|\d+) \|/gm)];
    const stated = rows.map(([, name = '', plain = '', quoted]) => [name, quoted ?? plain] as const);

    const defaults = z
      .pick(environmentSchema, {
        PROVIDERS: true,
        BOTS_CONFIG: true,
        PROVIDERS_CONFIG: true,
        ALLOWED_ORIGINS: true,
        GITHUB_META_SCHEDULE: true,
        GITHUB_META_URL: true,
        BODY_RECORD: true,
        BODY_RECORD_SIZE: true,
        QUEUE_UNAVAILABLE: true,
        QUARANTINE: true,
        QUARANTINE_MAX_DELIVERIES: true,
        QUARANTINE_MAX_BYTES: true,
        QUARANTINE_ADDRESS_PERCENT: true,
        OUTBOX_SCHEDULE: true,
        OUTBOX_MAX_AGE_SECONDS: true,
        MAX_PAYLOAD_BYTES: true,
        MAX_MESSAGE_BYTES: true,
        REQUEST_BUDGET_MS: true,
        SECRET_REFRESH_SECONDS: true,
        SECRET_MAX_STALE_SECONDS: true,
        TELEMETRY_SAMPLING_PERCENT: true,
      })
      .parse({});
    expect(Object.fromEntries(stated)).toEqual(
      Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, String(value)])),
    );
  });

  it.each([
    ['service-bus', serviceBusBreakerOptions],
    ['blob-storage', blobStorageBreakerOptions],
    ['key-vault', keyVaultBreakerOptions],
  ])('states the numbers of the %s breaker', (name, options) => {
    const row = [
      `\`${name}\``,
      `${options.failureThreshold} consecutive`,
      `${options.windowMs / 1000} s`,
      `${options.coolDownMs / 1000} s`,
      String(options.successThreshold),
      `${options.operationTimeoutMs / 1000} s`,
      String(options.halfOpenMaxConcurrent),
    ];

    expect(readme).toContain(`| ${row.join(' | ')} |`);
  });

  it('names no npm script that does not exist', () => {
    const named = new Set([...readme.matchAll(/npm run ([a-z-]+)/g)].map(([, name = '']) => name));

    expect([...named].filter((name) => !scriptNames().includes(name))).toEqual([]);
  });
});
