import { describe, expect, it } from 'vitest';
import { ingestBatch } from '../../../src/ingest/ingest-batch.js';
import type { EventOutcome } from '../../../src/ingest/outcome.js';
import type { ReadEvent } from '../../../src/ingest/read-delivery.js';

const events: readonly ReadEvent[] = Array.from({ length: 20 }, (_, index) => ({
  delivery: { headers: new Headers(), body: Buffer.from(String(index)), receivedAt: new Date(0) },
  contentType: 'application/json',
  payload: { kind: 'json', value: index, verbatimJson: true },
}));

const rejected: EventOutcome = { kind: 'rejected', code: 'MissingHeader', detail: 'none' };
const unavailable: EventOutcome = {
  kind: 'unavailable',
  code: 'PayloadNotStorable',
  service: 'blob-storage',
  retryAfterMs: 1,
};

describe('a batch', () => {
  it('takes every event its way, three at once, and tells the outcomes in order', async () => {
    let running = 0;
    let most = 0;

    const { outcomes } = await ingestBatch(events, async ({ payload }) => {
      running += 1;
      most = Math.max(most, running);
      await Promise.resolve();
      running -= 1;
      return { ...rejected, detail: String(payload.value) };
    });

    expect(most).toBe(3);
    expect(outcomes.map((outcome) => 'detail' in outcome && outcome.detail)).toEqual(events.map((_, i) => String(i)));
  });

  it('begins no further event after one that is unavailable', async () => {
    const begun: unknown[] = [];

    const { outcomes } = await ingestBatch(events, async ({ payload }) => {
      begun.push(payload.value);
      return payload.value === 4 ? unavailable : rejected;
    });

    expect(begun.length).toBeLessThanOrEqual(4 + 3);
    expect(outcomes).toContain(unavailable);
  });
});
