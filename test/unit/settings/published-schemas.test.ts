import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { generatedSchemas, generateSchemas } from '../../../scripts/generate-schemas.js';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { EnvelopeData } from '../../../src/envelope/event-envelope.js';
import { botsFileSchema } from '../../../src/settings/bots-schema.js';
import { publishedSchemas } from '../../../src/settings/published-schemas.js';
import { readBots } from '../../../src/settings/read-bots.js';

const parse = (path: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));

const parseText = (text = '{}'): Record<string, unknown> => z.record(z.string(), z.unknown()).parse(JSON.parse(text));

/** Ajv as people use it: strict as it is by itself, with the formats that `ajv-formats` brings. */
const ajv = (): Ajv =>
  new Ajv({
    formats: {
      'date-time': (text: string) => !Number.isNaN(Date.parse(text)),
      uri: (text: string) => URL.canParse(text),
      byte: /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
    },
  });

const acceptsBots = (bots: unknown): boolean => {
  const text = publishedSchemas()['schemas/bots.schema.json'] ?? '';
  const schema = JSON.parse(text, (key, value: unknown) => (key === 'if' || key === 'then' ? undefined : value));
  return z.fromJSONSchema(schema).safeParse(bots).success;
};

describe('published schemas', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'breakwater-schemas-'));
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it('published schemas: the files in schemas/ are what the code says', () => {
    expect(generateSchemas({ root: '.', check: true })).toEqual({ outdated: [] });
  });

  it('published schemas: checking names what is missing or outdated and writes nothing', () => {
    const all = Object.keys(generatedSchemas());

    expect(generateSchemas({ root, check: true })).toEqual({ outdated: all });
    expect(generateSchemas({ root, check: true })).toEqual({ outdated: all });
  });

  it('published schemas: generating writes what is missing or outdated', () => {
    generateSchemas({ root, check: false });
    writeFileSync(join(root, 'schemas/bots.schema.json'), '{}');

    expect(generateSchemas({ root, check: false })).toEqual({ outdated: ['schemas/bots.schema.json'] });
    expect(generateSchemas({ root, check: true })).toEqual({ outdated: [] });
  });

  it('published schemas: line ends of Windows are not outdated', () => {
    generateSchemas({ root, check: false });
    const path = join(root, 'schemas/bots.schema.json');
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('\n', '\r\n'));

    expect(generateSchemas({ root, check: true })).toEqual({ outdated: [] });
  });

  it("published schemas: an editor accepts the project's own bots.json, and bots without the optional fields", () => {
    expect(acceptsBots(parse('bots.json'))).toBe(true);
    expect(acceptsBots({ bots: [{ name: 'a', queue: 'b', events: ['*'] }] })).toBe(true);
  });

  it.each([
    [{ bots: [{ name: 'A', queue: 'b', events: ['*'] }] }],
    [{ bots: [{ name: 'a', queue: 'b', events: [] }] }],
    [{ bots: [{ name: 'a', queue: 'b', events: ['github..issues'] }] }],
    [{ bots: [{ name: 'a', queue: 'b', events: ['*'], order: true }] }],
    [{ bots: [{ name: 'a', queue: 'b' }] }],
    [{}],
  ])('published schemas: an editor underlines %j', (bots) => {
    expect(acceptsBots(bots)).toBe(false);
  });

  it('published schemas: an editor underlines orderBy and coalesce without ordered', () => {
    const text = publishedSchemas()['schemas/bots.schema.json'] ?? '';

    expect(JSON.parse(text).definitions.Bot).toMatchObject({
      if: { anyOf: [{ required: ['orderBy'] }, { required: ['coalesce'] }] },
      // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
      then: { required: ['ordered'], properties: { ordered: { const: true } } },
    });
  });

  it('published schemas: every field of a bot is explained', () => {
    const text = publishedSchemas()['schemas/bots.schema.json'] ?? '';
    const fields: Record<string, { description?: string }> = JSON.parse(text).definitions.Bot.properties;

    expect(Object.entries(fields).filter(([, { description }]) => description === undefined)).toEqual([]);
  });

  it.each(
    Object.keys(publishedSchemas()),
  )('published schemas: %s compiles in Ajv, strict as it is by itself', (path) => {
    expect(() => ajv().compile(parseText(publishedSchemas()[path]))).not.toThrow();
  });

  it.each(Object.entries(publishedSchemas()))('published schemas: %s has a name that a class can have', (_, text) => {
    const { title, definitions = {} } = parseText(text);

    expect(
      [title, ...Object.keys(Object(definitions))].filter((name) => !/^[A-Z][A-Za-z]+$/.test(String(name))),
    ).toEqual([]);
  });

  it('published schemas: bots with the same entry twice are underlined, and those of one name by the app', () => {
    const accepts = ajv().compile(parseText(publishedSchemas()['schemas/bots.schema.json']));
    const bot = { name: 'a', queue: 'b', events: ['*'] };

    expect(accepts({ bots: [bot, { ...bot, name: 'c' }] })).toBe(true);
    expect(accepts({ bots: [bot, bot] })).toBe(false);
    expect(botsFileSchema.safeParse({ bots: [bot, bot] }).success).toBe(true);
    expect(readBots(JSON.stringify({ bots: [bot, { ...bot, queue: 'c' }] })).ok).toBe(false);
  });
});

describe('the published envelope schema', () => {
  const schema = parseText(publishedSchemas()['schemas/event-envelope.schema.json']);
  const accepts = ajv().compile(schema);
  const attributes = {
    specversion: '1.0',
    id: 'id',
    source: 'https://github.com/o/r',
    type: 'github.push',
    time: '2026-11-29T10:00:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: 'o/r',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    provider: 'github',
    event: 'push',
    correlationid: 'c',
  } as const;
  const claimCheck = { dataref: 'https://a.example/b', datasha256: '0'.repeat(64), datasize: 1 } as const;
  const encoded = (data: EnvelopeData) => parseText(encodeEnvelope(attributes, data).toString());

  it('published schemas: the envelope has an id of its own', () => {
    expect(schema['$id']).toBe('urn:breakwater:event-envelope');
  });

  it('published schemas: every envelope that Breakwater makes is valid', () => {
    const bytes = Buffer.from('{"a":1}');
    const { dataref: url, datasha256: sha256, datasize: size } = claimCheck;

    expect(accepts(encoded({ kind: 'json', bytes }))).toBe(true);
    expect(accepts(encoded({ kind: 'json', bytes: Buffer.from('null') }))).toBe(true);
    expect(accepts(encoded({ kind: 'binary', bytes }))).toBe(true);
    expect(accepts(encoded({ kind: 'claim-check', url, sha256, size }))).toBe(true);
    expect(accepts({ ...attributes, data: 1, anextension: 'text' })).toBe(true);
  });

  it.each([
    ['with both payloads', { data: 1, data_base64: 'AA==' }],
    ['with a payload and a claim check', { data: 1, ...claimCheck }],
    ['with base64 and a claim check', { data_base64: 'AA==', ...claimCheck }],
    ['without a payload', {}],
    ['with half a claim check', { dataref: claimCheck.dataref }],
    ['with a traceparent that is none', { data: 1, traceparent: 'none' }],
    ['with a trace of zeros', { data: 1, traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }],
    ['with a time that is none', { data: 1, time: 'yesterday' }],
    ['with an extension that is no text', { data: 1, anextension: 2 }],
  ])('published schemas: an envelope %s is refused', (_, more) => {
    expect(accepts({ ...attributes, ...more })).toBe(false);
  });
});
