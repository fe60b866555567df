import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { HttpRequest, InvocationContext } from '@azure/functions';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createHttpFunction } from '../../../functions/http-function.js';
import { openApiDocument } from '../../../scripts/openapi/document.js';
import { type HttpEndpoint, httpEndpoints } from '../../../src/composition/endpoints.js';
import { createMemoryApp, type MemoryApp, notifier, signGithub, testSecret } from '../../support/memory-app.js';
import { readReply } from '../../support/post-webhook.js';

const root = join(import.meta.dirname, '../../..');
const endpoints: readonly HttpEndpoint[] = httpEndpoints;
const adminToken = 'an-admin-token-for-tests';

const schema = z.record(z.string(), z.unknown());
const contentSchema = z.record(z.string(), z.object({ schema }));
const documentSchema = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        security: z.array(schema),
        parameters: z.array(z.object({ name: z.string(), in: z.string() })),
        requestBody: z.object({ content: contentSchema }).optional(),
        responses: z.record(z.string(), z.object({ content: contentSchema.optional() })),
      }),
    ),
  ),
});

/** As it is published, not as the code has it. */
const published: unknown = JSON.parse(JSON.stringify(openApiDocument()));
const document = documentSchema.parse(published);

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema(schema.parse(published), 'openapi.json');

const operationOf = ({ route }: HttpEndpoint, method: string) => document.paths[`/${route}`]?.[method.toLowerCase()];

/** The schema at a JSON Pointer of the document, with what it refers to. */
const compiled = new Map<string, ValidateFunction>();
const validatorAt = (...path: readonly string[]): ValidateFunction => {
  const pointer = path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
  const validate = compiled.get(pointer) ?? ajv.compile({ $ref: `openapi.json#/${pointer}` });
  compiled.set(pointer, validate);
  return validate;
};

interface Asked {
  readonly route: string;
  readonly method?: string;
  readonly path?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Time goes on while a handler waits. */
const passingTime = async <T>({ clock }: Pick<MemoryApp, 'clock'>, work: Promise<T>): Promise<T> => {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  for (;;) {
    for (let turns = 0; turns < 10 && !isDone; turns += 1) await turn();
    if (isDone) return done;
    clock.advance(100);
  }
};

/** Asks as the host would, and says what of the answer the document does not have. */
const misfits = async (memory: MemoryApp, asked: Asked): Promise<unknown> => {
  const { route, method = 'GET', path = route, query = {}, body, token = adminToken, headers = {} } = asked;
  const endpoint = endpoints.find((each) => each.route === route);
  if (endpoint === undefined) throw new Error(`No route ${route}`);
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? '' : JSON.stringify(body));
  const request = new HttpRequest({
    method,
    url: `http://localhost/api/${path}`,
    query: { ...query },
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(bytes.length > 0 && { body: { bytes } }),
  });
  const context = new InvocationContext({ functionName: 'test', logHandler: () => {} });
  const reply = readReply(
    await passingTime(memory, createHttpFunction(endpoint, async () => memory.app)(request, context)),
  );
  const response = operationOf(endpoint, method)?.responses[reply.status];
  if (response === undefined) return { status: reply.status, body: reply.body };
  if (reply.body === '') return undefined;
  const type = reply.headers['content-type'] ?? 'application/json';
  const media = [type, '*/*'].find((each) => response.content?.[each] !== undefined);
  if (media === undefined) return { status: reply.status, type };
  const place = ['paths', `/${route}`, method.toLowerCase(), 'responses', String(reply.status), 'content', media];
  const validate = validatorAt(...place, 'schema');
  return validate(reply.json ?? reply.body) ? undefined : { body: reply.json, errors: validate.errors };
};

const create = (): MemoryApp => {
  const memory = createMemoryApp({ bots: [notifier], environment: { CONSOLE: 'on' } });
  memory.secrets.set('admin-token', adminToken);
  return memory;
};

const issue = (number: number) => ({
  action: 'opened',
  issue: { number },
  repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
});

/** One delivery that was given up, one that is owed and one that arrived. */
const busy = async (): Promise<MemoryApp> => {
  const memory = create();
  memory.queue.setFault({ kind: 'error', code: 'queue-missing' }, notifier.queue);
  await memory.github('issues', issue(1), { delivery: 'dead' });
  memory.clock.advance(4 * 86_400_000);
  await memory.drain();
  await memory.github('issues', issue(2), { delivery: 'owed' });
  memory.queue.setFault(undefined, notifier.queue);
  await memory.github('issues', issue(3), { delivery: 'arrived' });
  return memory;
};

const away = (): MemoryApp => {
  const memory = create();
  memory.archive.setFault({ kind: 'error', code: 'unavailable' });
  memory.outbox.setFault({ kind: 'error', code: 'unavailable' });
  memory.queue.setFault({ kind: 'error', code: 'unavailable' });
  return memory;
};

const webhook = (body: Buffer, secret = testSecret, headers: Readonly<Record<string, string>> = {}): Asked => ({
  route: 'webhooks/{provider}',
  path: 'webhooks/github',
  method: 'POST',
  body,
  headers: {
    'content-type': 'application/json',
    'x-github-event': 'issues',
    'x-github-delivery': 'd-1',
    'x-hub-signature-256': signGithub(body, secret),
    ...headers,
  },
});

const from = '2025-12-31T00:00:00Z';
const oneBreaker = { path: 'circuit-breakers/key-vault', route: 'circuit-breakers/{name}', method: 'PATCH' };
const replay = { route: 'events/replay', method: 'POST' };
const oneReplay = { route: 'events/{id}/replay', path: 'events/arrived/replay', method: 'POST' };
const deadReplay = { route: 'dead-letters/replay', method: 'POST' };
const simulate = { route: 'events/simulate', method: 'POST' };

/** What is asked of each endpoint, well and badly. */
const requests: readonly Asked[] = [
  ...endpoints.flatMap(({ route, methods }) =>
    Object.keys(methods)
      .filter((method) => method !== 'HEAD')
      .map((method) => ({ route, method, path: route.replaceAll(/\{\w+\}/g, 'x') })),
  ),
  webhook(Buffer.from(JSON.stringify(issue(9)))),
  webhook(Buffer.from('no JSON')),
  webhook(Buffer.from('{}'), 'a-secret-of-somebody-else'),
  webhook(Buffer.from('{}'), testSecret, { 'x-github-event': '' }),
  webhook(Buffer.from('{}'), testSecret, { 'content-type': 'text/csv' }),
  { ...webhook(Buffer.from('{}')), path: 'webhooks/nobody' },
  { ...webhook(Buffer.from('{}')), method: 'OPTIONS' },
  { ...webhook(Buffer.from('{}')), method: 'OPTIONS', path: 'webhooks/nobody' },
  { route: 'health/deep', query: { probe: 'true' } },
  { route: 'console/{file}', path: 'console/console.js' },
  { route: 'console/{file}', path: 'console/nothing' },
  { route: 'circuit-breakers/reset', method: 'POST' },
  { route: 'circuit-breakers/{name}/reset', path: 'circuit-breakers/service-bus/reset', method: 'POST' },
  { route: 'circuit-breakers/{name}/reset', path: 'circuit-breakers/nothing/reset', method: 'POST' },
  { ...oneBreaker, body: { coolDownMs: 10_000 } },
  { ...oneBreaker, body: { coolDownMs: 'long' } },
  { ...oneBreaker, body: Buffer.from('{') },
  { ...oneBreaker, body: Buffer.alloc(70_000, ' ') },
  { ...oneBreaker, path: 'circuit-breakers/nothing', body: {} },
  ...['events', 'outbox', 'dead-letters'].flatMap((route) => [
    { route },
    { route, query: { limit: '1' } },
    { route, query: { colour: 'red' } },
    { route, token: 'wrong' },
  ]),
  ...['arrived', 'owed', 'dead', 'nothing'].flatMap((id) => [
    { route: 'events', query: { id } },
    { route: 'events/{id}', path: `events/${id}` },
  ]),
  { ...simulate, body: { from, bots: { bots: [{ ...notifier, events: ['github.pull_request'] }] } } },
  { ...simulate, body: { from, bots: {} } },
  { ...replay, body: { from } },
  { ...replay, body: { from, dryRun: true } },
  { ...replay, body: { id: 'owed', force: true } },
  { ...replay, body: { id: 'nothing' } },
  { ...replay, body: { from: 'yesterday' } },
  oneReplay,
  { ...oneReplay, body: { dryRun: true } },
  { ...oneReplay, body: { bot: 'nobody' } },
  { ...oneReplay, path: 'events/nothing/replay' },
  { ...deadReplay, body: { bot: 'notifier', dryRun: true } },
  { ...deadReplay, body: { bot: 'notifier' } },
  { ...deadReplay, body: {} },
  { route: 'reconcile', method: 'POST', body: { dryRun: true } },
  { route: 'reconcile', method: 'POST', body: { dryRun: 1 } },
];

describe('the OpenAPI document', () => {
  it('is a valid one, of version 3.1', () => {
    const meta = schema.parse(
      JSON.parse(readFileSync(join(root, 'test/fixtures/openapi/openapi-3.1.schema.json'), 'utf8')),
    );
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(meta);

    expect(validate(published) || validate.errors).toBe(true);
  });

  it('has no schema that cannot be read, and no reference that leads nowhere', () => {
    const { components } = z.object({ components: z.object({ schemas: schema }) }).parse(published);

    for (const name of Object.keys(components.schemas)) validatorAt('components', 'schemas', name);
    for (const [, reference = ''] of JSON.stringify(published).matchAll(/"\$ref":"([^"]+)"/g)) {
      expect(components.schemas[reference.replace('#/components/schemas/', '')], reference).toBeDefined();
    }
  });

  it('has every endpoint with all its methods, each under an id of its own', () => {
    const operations = endpoints.flatMap((endpoint) =>
      Object.keys(endpoint.methods)
        .filter((method) => method !== 'HEAD')
        .map((method) => operationOf(endpoint, method)?.operationId),
    );

    expect(operations).not.toContain(undefined);
    expect(new Set(operations).size).toBe(operations.length);
    expect(Object.values(document.paths).flatMap((path) => Object.keys(path))).toHaveLength(operations.length);
  });

  it.each(endpoints)('$route: asks for what the endpoint asks for', (endpoint) => {
    const needs = { signature: [], open: [], key: ['functionKey'], operator: ['functionKey', 'adminToken'] };

    for (const { security } of Object.values(document.paths[`/${endpoint.route}`] ?? {})) {
      expect(security.flatMap((each) => Object.keys(each))).toEqual(needs[endpoint.access]);
    }
  });

  it.each([
    ['when all is well', busy],
    ['while nothing answers', async () => away()],
    ['before anything came', async () => create()],
  ])('says what is answered %s', async (_, start) => {
    const memory = await start();

    for (const asked of requests) {
      expect(await misfits(memory, asked), `${asked.method ?? 'GET'} ${asked.path ?? asked.route}`).toBeUndefined();
    }
  });

  it('says what is answered while the vault is away', async () => {
    const memory = create();
    memory.secrets.setFault({ kind: 'fail', code: 'unavailable' });

    for (const asked of requests) {
      expect(await misfits(memory, asked), `${asked.method ?? 'GET'} ${asked.path ?? asked.route}`).toBeUndefined();
    }
  });
});
