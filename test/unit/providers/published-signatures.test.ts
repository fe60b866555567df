import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { builtInProviders } from '../../../src/providers/built-in.js';

const vectorsSchema = z.array(
  z.object({
    provider: z.string(),
    source: z.string(),
    what: z.string(),
    secret: z.string(),
    headers: z.record(z.string(), z.string()),
    body: z.string(),
    now: z.number(),
    expected: z.boolean(),
  }),
);

const file = join(import.meta.dirname, '../../fixtures/published-signatures.json');
const vectors = vectorsSchema.parse(JSON.parse(readFileSync(file, 'utf8')));

describe('signatures that senders publish', () => {
  it.each(vectors)('$provider: $what ($source)', ({ provider, secret, headers, body, now, expected }) => {
    const found = builtInProviders.find(({ name }) => name === provider);
    const nowMs = now * 1000;
    const delivery = { headers: new Headers(headers), body: Buffer.from(body), receivedAt: new Date(nowMs) };

    expect(found?.verify(delivery, secret, nowMs)).toBe(expected);
  });
});
