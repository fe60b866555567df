import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { describeDelivery } from './github-delivery.js';

const exampleSchema = z.array(z.object({ name: z.string(), examples: z.array(z.unknown()) }));
const folder = join(import.meta.dirname, '../../../node_modules/@octokit/webhooks-examples');

const editions = globSync('*/index.json', { cwd: folder }).map((path) => {
  const events = exampleSchema.parse(JSON.parse(readFileSync(join(folder, path), 'utf8')));
  const examples = events.flatMap(({ name, examples }) => examples.map((payload) => ({ event: name, payload })));
  return { edition: dirname(path), examples };
});

const repositoryOf = z.object({ repository: z.object({ full_name: z.string(), html_url: z.string() }) });

describe('github', () => {
  it.each(editions)('describes every example of $edition', ({ examples }) => {
    const descriptions = examples.map(describeDelivery);

    expect(descriptions.length).toBeGreaterThan(48);
    for (const { source, event, action, sessionKeys } of descriptions) {
      expect(source).toMatch(/^https?:\/\/[a-z0-9.-]+(\/[\x21-\x7e]+)?$/);
      expect(`github.${event}.${action ?? ''}`).toMatch(/^github\.[a-z0-9_]+\.[a-z0-9_-]*$/);
      expect(Object.values(sessionKeys)).not.toContain('');
    }
  });

  it.each(editions)('places every example of $edition that has a repository in it', ({ examples }) => {
    const placed = examples.flatMap((example) => {
      const parsed = repositoryOf.safeParse(example.payload);
      return parsed.success ? [{ described: describeDelivery(example), ...parsed.data.repository }] : [];
    });

    expect(placed.length).toBeGreaterThan(30);
    for (const { described, full_name, html_url } of placed) {
      expect(described.repository).toBe(full_name);
      expect(described.source).toBe(html_url);
      expect(described.sessionKeys.repository).toBe(full_name);
      expect(`${described.sessionKeys.entity}/`.startsWith(`${full_name}/`)).toBe(true);
    }
  });
});
