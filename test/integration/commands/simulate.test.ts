import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { type CommandRun, runCommand } from '../../support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'breakwater-simulate-'));
const file = join(folder, 'new-bots.json');
const counts = { got: 3, wouldGet: 3, gained: 0, lost: 0, reordered: 0, examples: [] };

/** What the parts of a simulation, in their order, say that `notifier` would lose. */
let losses: readonly number[] = [];
let status = 200;
let asked = 0;

const server = createServer((request, response) => {
  const lost = losses[asked] ?? 0;
  asked += 1;
  const resumeFrom = asked < losses.length ? { resumeFrom: '2026-01-01T00:30:00.000Z' } : {};
  const bots = [{ ...counts, bot: 'notifier', lost }];
  request.resume().on('end', () => {
    response.statusCode = status;
    response.end(JSON.stringify({ events: 3, bots, complete: asked >= losses.length, ...resumeFrom }));
  });
});
const isWhere = z.custom<AddressInfo>((value) => typeof value === 'object' && value !== null && 'port' in value);

beforeAll(async () => {
  writeFileSync(file, '{"bots":[]}');
  vi.stubEnv('ADMIN_TOKEN', 'a-token-for-tests');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => {
  server.close();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const simulate = (...more: readonly string[]): Promise<CommandRun> => {
  asked = 0;
  const url = `http://127.0.0.1:${isWhere.parse(server.address()).port}`;
  const stretch = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-01T01:00:00Z'];
  return runCommand('events', 'simulate', '--bots', file, ...stretch, '--url', url, ...more);
};

it('--fail-on-loss ends with 1, and names who would lose events, though only an early part says so', async () => {
  losses = [2, 0];

  const { code, stderr, stdout } = await simulate('--fail-on-loss');

  expect([code, asked]).toEqual([1, 2]);
  expect(stderr).toContain('events would be lost to notifier');
  expect(stdout).toContain('6 events');
});

it('--fail-on-loss ends with 0 when nobody would lose any, and without it a loss is only said', async () => {
  losses = [0, 0];
  expect((await simulate('--fail-on-loss')).code).toBe(0);
  losses = [2];
  expect((await simulate()).code).toBe(0);
});

it('--fail-on-loss passes nothing that could not be simulated', async () => {
  status = 503;

  expect((await simulate('--fail-on-loss')).code).toBe(1);
});
