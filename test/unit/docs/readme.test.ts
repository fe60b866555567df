import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/circuit-breaker/presets.js';

const path = join(import.meta.dirname, '../../../README.md');
const readme = readFileSync(path, 'utf8');

describe('README', () => {
  it('is short enough to be read: 15 KB at most', () => {
    expect(statSync(path).size).toBeLessThanOrEqual(15_000);
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
});
