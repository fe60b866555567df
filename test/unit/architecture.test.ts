import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { circles } from '../../scripts/house/circles.js';
import { arrowsBetween, surveyHouse } from '../../scripts/house/rooms.js';
import { readSources, type SourceFile } from '../../scripts/house/source-files.js';

const sources = readSources(join(import.meta.dirname, '../..'), ['src', 'functions', 'local']);
const product = sources.filter(({ path }) => !path.startsWith('local/'));

/** Where a file belongs: its folder below `src`, or `functions`. */
const partOf = (path: string): string => {
  const [top = '', second = ''] = path.split('/');
  return top === 'src' ? second.replace(/\.ts$/, '') : top;
};

const foundation = [
  'text',
  'time',
  'faults',
  'circuit-breaker',
  'guarded-http',
  'last-resort',
  'signatures',
  'observability',
];
const domain = [
  'providers',
  'envelope',
  'routing',
  'archive',
  'archive-index',
  'outbox',
  'delivery-order',
  'batches',
  'body-record',
  'presence',
  'quarantine',
  'shards',
  'secrets',
  'source-ranges',
  'reconcile',
  'shared-breakers',
  'coalescing',
];
const stories = ['ingest', 'health', 'operations'];

/** What each part may import besides itself; packages are ruled elsewhere. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  text: [],
  time: [],
  faults: [],
  'guarded-http': ['circuit-breaker', 'time'],
  'circuit-breaker': ['time'],
  'last-resort': ['circuit-breaker', 'time'],
  signatures: [],
  observability: ['circuit-breaker', 'last-resort', 'faults', 'time'],
  ...Object.fromEntries(domain.map((part) => [part, [...domain, ...foundation]])),
  ...Object.fromEntries(stories.map((part) => [part, [...domain, ...foundation]])),
  settings: [...domain, 'circuit-breaker', 'text', 'time'],
  consumer: ['coalescing', 'envelope', 'faults'],
  http: [...stories, ...domain, ...foundation],
  composition: ['http', 'settings', ...stories, ...domain, ...foundation],
  functions: ['composition', 'settings', 'http', 'routing', 'observability'],
};

const isProjectFile = (target: string): boolean => /^(src|functions|local)\//.test(target);

const offending = (files: readonly SourceFile[], pattern: RegExp): readonly string[] =>
  files
    .filter(({ text }) => pattern.test(text))
    .map(({ path }) => path)
    .sort();

describe('the house', () => {
  it('imports point one way', () => {
    const wrong = product.flatMap(({ path, imports }) =>
      imports
        .map(({ target }) => target)
        .filter((target) => isProjectFile(target) && partOf(target) !== partOf(path))
        .filter((target) => !allowed[partOf(path)]?.includes(partOf(target)))
        .map((target) => `${path} imports ${target}`),
    );

    expect(wrong).toEqual([]);
  });

  it('no parts import each other in a circle', () => {
    expect(circles(arrowsBetween(product, partOf))).toEqual([]);
  });

  it('no folders import each other in a circle, so that each can be read after those it stands on', () => {
    expect(surveyHouse(product).folderCircles).toEqual([]);
  });

  it('no files import each other in a circle', () => {
    expect(surveyHouse(product).fileCircles).toEqual([]);
  });

  it('every file of the product is read by another one, or is what somebody imports: what tests alone use lies with them', () => {
    const entries = [
      'functions/index.ts',
      'src/consumer/consumer.ts',
      'src/circuit-breaker/index.ts',
      'src/settings/published-schemas.ts',
    ];
    const read = new Set([...entries, ...sources.flatMap(({ imports }) => imports.map(({ target }) => target))]);

    expect(product.map(({ path }) => path).filter((path) => !read.has(path) && !path.endsWith('.d.ts'))).toEqual([]);
  });

  it('every folder has its place in the rules', () => {
    const parts = new Set(product.map(({ path }) => partOf(path)));

    expect([...parts].filter((part) => allowed[part] === undefined)).toEqual([]);
  });

  it('nothing deployed imports the local stack', () => {
    const wrong = product.filter(({ imports }) => imports.some(({ target }) => target.startsWith('local/')));

    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('the functions host and the Service Bus stand-in know nothing of the product', () => {
    const own = ['local/functions-host/', 'local/service-bus/'];
    const lent = /^src\/(time|observability\/log\/log|http\/arriving-body|routing\/(bot|event-queue))\b/;
    const wrong = sources.flatMap(({ path, imports }) =>
      own
        .filter((folder) => path.startsWith(folder))
        .flatMap((folder) =>
          imports.filter(({ target }) => isProjectFile(target) && !target.startsWith(folder) && !lent.test(target)),
        )
        .map(({ target }) => `${path} imports ${target}`),
    );

    expect(wrong).toEqual([]);
  });

  it('Azure SDKs appear only in adapters and in the composition', () => {
    const adapters = new Set([
      'src/composition/azure.ts',
      'src/archive-index/blob-index-store.ts',
      'src/composition/clients.ts',
      'src/observability/telemetry/application-insights.ts',
      'src/observability/telemetry/synchronous-context.ts',
      'src/observability/telemetry/monitor-opentelemetry.d.ts',
      'src/archive/blob-container.ts',
      'src/archive/blob-payload-archive.ts',
      'src/archive/make-blob.ts',
      'src/archive/storage-retry-policy.ts',
      'src/batches/blob-batch-store.ts',
      'src/coalescing/service-bus-burst-source.ts',
      'src/body-record/blob-body-log.ts',
      'src/outbox/record/blob-outbox-store.ts',
      'src/outbox/backlog/service-bus-backlog-source.ts',
      'src/presence/blob-presence-store.ts',
      'src/quarantine/blob-quarantine-store.ts',
      'src/reconcile/blob-reconcile-store.ts',
      'src/routing/service-bus-connections.ts',
      'src/routing/service-bus-event-queue.ts',
      'src/secrets/key-vault-secret-store.ts',
      'src/secrets/emulator-credential.ts',
    ]);
    const sdk =
      /^(@azure\/(storage-blob|service-bus|keyvault-secrets|identity|core-)|@opentelemetry\/|applicationinsights$)/;
    const wrong = product.filter(
      ({ path, imports }) => !adapters.has(path) && imports.some(({ target }) => sdk.test(target)),
    );

    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('the Functions library is loaded by the entry file alone; others know its types', () => {
    const wrong = product.filter(
      ({ path, imports }) =>
        path !== 'functions/index.ts' &&
        imports.some(({ target, typeOnly }) => target.startsWith('@azure/functions') && !typeOnly),
    );

    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('the environment is read in the entry file alone', () => {
    expect(offending(product, /process\.env/)).toEqual(['functions/index.ts']);
  });

  it('real time is made in clock.ts alone, randomness in azure.ts', () => {
    const made =
      /Date\.now\(|performance\.now\(|Math\.random\(|randomUUID|randomBytes|setTimeout\(|setInterval\(|new Date\(\)/;

    expect(offending(product, made)).toEqual(['src/composition/azure.ts', 'src/time/clock.ts']);
  });

  it('no file is longer than 250 lines', () => {
    const long = sources.filter(({ lines }) => lines > 250).map(({ path }) => path);

    expect(long).toEqual([]);
  });
});
