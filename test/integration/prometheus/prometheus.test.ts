import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpRequest } from '@azure/functions';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { createMemoryApp } from '../../support/memory-app.js';
import { callHandler } from '../../support/post-webhook.js';

const root = join(import.meta.dirname, '../../..');
const rulesFile = join(root, 'infra/prometheus/alerts.yml');

/** Debian's package `prometheus` brings both. */
const has = (program: string): boolean => spawnSync(program, ['--version']).status === 0;
const isInstalled = has('promtool') && has('prometheus');
if (!isInstalled)
  console.warn('skipped: promtool and prometheus are not installed (Debian: apt-get install prometheus)');

const memory = createMemoryApp();

const scrape = async (): Promise<string> => {
  const url = 'http://localhost/api/metrics';
  return (await callHandler(memory.app.metrics, new HttpRequest({ method: 'GET', url }))).body;
};

describe.skipIf(!isInstalled)('promtool', () => {
  it('finds nothing against the rules', () => {
    expect(String(execFileSync('promtool', ['check', 'rules', rulesFile]))).toContain('SUCCESS');
  });

  it('finds nothing against a scrape, with failures and degraded webhooks in it', async () => {
    memory.archive.setFault({ kind: 'error', code: 'unauthorized' });
    await memory.github('star', { action: 'created' });
    memory.archive.setFault(undefined);

    const checked = spawnSync('promtool', ['check', 'metrics'], { input: await scrape() });

    expect(String(checked.stderr) + String(checked.stdout)).toBe('');
    expect(checked.status).toBe(0);
  });
});

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createSocketServer().listen(0, '127.0.0.1', () => {
      const { port } = z.object({ port: z.number() }).parse(server.address());
      server.close(() => resolve(port));
    });
  });

const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address: AddressInfo | string | null = server.address();
      resolve(z.object({ port: z.number() }).parse(address).port);
    });
  });

const dashboard = z
  .object({ panels: z.array(z.object({ title: z.string(), targets: z.array(z.object({ expr: z.string() })) })) })
  .parse(JSON.parse(readFileSync(join(root, 'infra/grafana/breakwater.json'), 'utf8')));
const expressions = dashboard.panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));

/** Those that say what is, and not what went wrong: they have a series from the first scrape on. */
const alwaysThere = /waiting|timer_last|build_info|circuit_breaker_state/;

describe.skipIf(!isInstalled)('Prometheus, scraping', () => {
  const folder = mkdtempSync(join(tmpdir(), 'breakwater-prometheus-'));
  const endpoint = createServer((_request, response) => {
    void scrape().then((body) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(body));
  });
  let prometheus: ChildProcess | undefined;
  let url = '';

  const query = async (expr: string): Promise<{ readonly status: string; readonly series: number }> => {
    const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expr)}`);
    const schema = z.object({ status: z.string(), data: z.object({ result: z.array(z.unknown()) }).optional() });
    const { status, data } = schema.parse(await response.json());
    return { status, series: data?.result.length ?? 0 };
  };

  const isScraped = async (): Promise<boolean> => {
    try {
      return (await query('count_over_time(breakwater_build_info[1m]) > 1')).series > 0;
    } catch {
      return false;
    }
  };

  beforeAll(async () => {
    await memory.drain();
    const target = await listening(endpoint);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = join(folder, 'prometheus.yml');
    writeFileSync(
      config,
      `global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: ['${rulesFile}']
scrape_configs:
  - job_name: breakwater
    metrics_path: /api/metrics
    static_configs: [{ targets: ['127.0.0.1:${target}'] }]
`,
    );
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    prometheus = spawn('prometheus', args, { stdio: 'ignore' });
    await vi.waitUntil(isScraped, { timeout: 120_000, interval: 200 });
  });

  afterAll(async () => {
    prometheus?.kill();
    endpoint.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('evaluates every rule, and finds nothing wrong with one', async () => {
    const rule = z.object({ name: z.string(), health: z.string(), lastError: z.string().optional() });
    const schema = z.object({ data: z.object({ groups: z.array(z.object({ rules: z.array(rule) })) }) });
    const rules = async () => {
      const { data } = schema.parse(await (await fetch(`${url}/api/v1/rules`)).json());
      return data.groups.flatMap((group) => group.rules);
    };
    await vi.waitUntil(async () => (await rules()).every(({ health }) => health !== 'unknown'), { timeout: 120_000 });

    expect((await rules()).length).toBeGreaterThan(10);
    expect((await rules()).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  it.each(expressions)('answers the dashboard: $title: $expr', async ({ expr }) => {
    const { status, series } = await query(expr);

    expect(status).toBe('success');
    if (alwaysThere.test(expr)) expect(series).toBeGreaterThan(0);
  });
});
