import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { generatedSchemas, generateSchemas } from '../../../scripts/generate-schemas.js';
import { publishedSchemas } from '../../../src/settings/published-schemas.js';

const parse = (path: string): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(path, 'utf8')));

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
});
