import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  blobStorageBreakerOptions,
  keyVaultBreakerOptions,
  serviceBusBreakerOptions,
} from '../../../src/settings/azure-breaker-options.js';

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

  it('quotes what a breaker costs as docs/performance.md has it', () => {
    const performance = readFileSync(join(path, '../docs/performance.md'), 'utf8');
    const measured = (target: string): string =>
      performance
        .split('\n')
        .find((line) => line.startsWith(`| ${target} |`))
        ?.split('|')[2]
        ?.trim() ?? `no row for ${target}`;
    const [success, failure, rejected, crowd, idle] = [
      'success, over bare `await`',
      'failure, over a bare throw',
      'rejected, over a bare throw',
      '1000 at once, over the faster peer, measured last and first',
      'bytes of an idle breaker',
    ].map(measured);

    expect(readme.replaceAll('\n', ' ')).toContain(
      `takes ${success} times as long as a bare \`await\` when it succeeds, and ${failure} times as long as a bare throw when it fails. A rejected call takes ${rejected} times as long as a throw. With 1,000 calls at once, throughput is ${crowd?.replace(', ', ' and ')} times that of opossum, the faster peer, in two orders of measurement. An idle breaker takes ${idle} bytes.`,
    );
  });
});
