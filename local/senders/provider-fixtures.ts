import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { findProjectRoot } from '../project-root.js';

const texts = z.record(z.string(), z.string());

const fixtureSchema = z.strictObject({
  documentation: z.url().describe('The page of the sender that this follows'),
  headers: texts.default({}).describe('What it sets beside its signature'),
  contentType: z.string().default('application/json'),
  body: z.unknown().describe('JSON, or the text of a form'),
  event: z
    .strictObject({
      id: z.string().optional(),
      type: z.string(),
      source: z.string(),
      subject: z.string().optional(),
      partitionkey: z.string(),
      repository: z.string().optional(),
    })
    .optional()
    .describe('What it must become; absent for a challenge'),
  reply: z
    .strictObject({ status: z.number(), contentType: z.string().optional(), body: z.string() })
    .optional()
    .describe('What the sender must hear, byte for byte'),
});

/** One delivery as its sender documents it, with what must become of it. */
export type ProviderFixture = Readonly<z.infer<typeof fixtureSchema>> & { readonly name: string };

/** The deliveries that are kept for a provider, in the order of their names. */
export const providerFixtures = (provider: string): readonly ProviderFixture[] => {
  const folder = join(findProjectRoot(import.meta.dirname), 'test/fixtures/providers', provider);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const json: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      return { name: file.replace(/\.json$/, ''), ...fixtureSchema.parse(json) };
    });
};
