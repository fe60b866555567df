import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { environmentSchema } from '../../../src/settings/environment-schema.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/settings.md'), 'utf8');
const [, table = ''] = /<!-- settings -->([\s\S]*?)<!-- \/settings -->/.exec(page) ?? [];

describe('docs/settings.md', () => {
  it('names every setting', () => {
    const missing = Object.keys(environmentSchema.shape).filter((name) => !page.includes(`\`${name}\``));

    expect(missing).toEqual([]);
  });

  it('states the defaults that the code has', () => {
    const rows = [...table.matchAll(/^\| `([A-Z_]+)` \| (`([^`]+)`|\d+) \|/gm)];
    const stated = rows.map(([, name = '', plain = '', quoted]) => [name, quoted ?? plain] as const);

    const defaults = z
      .pick(environmentSchema, {
        PROVIDERS: true,
        BOTS_CONFIG: true,
        PROVIDERS_CONFIG: true,
        ALLOWED_ORIGINS: true,
        GITHUB_META_SCHEDULE: true,
        GITHUB_META_URL: true,
        GITHUB_RECONCILE_SCHEDULE: true,
        GITHUB_API_URL: true,
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
});
