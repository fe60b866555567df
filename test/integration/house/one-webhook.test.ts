import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { webhookFigures } from '../../../scripts/house/describe-house.js';
import { watchOneWebhook } from '../../../scripts/house/watch-one-webhook.js';

const root = join(import.meta.dirname, '../../..');

describe('house: one webhook with two bots', () => {
  it('is followed from the request to the clients of both stores, and goes no further than this', async () => {
    const webhook = await watchOneWebhook(root);

    const ran = new Map(webhook.files.map(({ path, functions }) => [path, functions]));
    expect(ran.get('src/ingest/authenticate.ts')).toContain('authenticate');
    expect(ran.get('src/archive/make-blob.ts')).toContain('headersOf');
    expect(ran.get('src/routing/service-bus-event-queue.ts')).toContain('sendOn');
    expect([...ran.keys()].filter((path) => /drain-outbox|keep-somehow/.test(path))).toEqual([]);
    expect(webhook.layers.archive).toContain('src/circuit-breaker/circuit-breaker.ts');
    expect(webhook.layers.queue).toContain('src/circuit-breaker/circuit-breaker.ts');
    const { files, functions, layersToTheArchive, layersToTheQueue } = webhookFigures(webhook);
    expect(files).toBeLessThanOrEqual(60);
    expect(functions).toBeLessThanOrEqual(385);
    expect(layersToTheArchive).toBeLessThanOrEqual(7);
    expect(layersToTheQueue).toBeLessThanOrEqual(7);
  });
});
