import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Envelope } from '../../support/ingestion-endpoint.js';
import { type Ingestion, startIngestion, watch } from './watched-app.js';

const hexDigits = '123456789abcdef';
const aTrace = '0af7651916cd43dd8448eb211c80319c';

const operationOf = ({ tags }: Envelope) => ({ trace: tags['ai.operation.id'], parent: tags['ai.operation.parentId'] });

let ingestion: Ingestion;

beforeAll(async () => {
  ingestion = await startIngestion();
});

afterAll(() => ingestion.close());

beforeEach(() => ingestion.clear());

describe('traces in Application Insights', () => {
  it('sees request, dependencies and messages in one trace, the dependencies as children of the request', async () => {
    const { memory, telemetry } = watch(ingestion);
    const headers = { traceparent: `00-${aTrace}-b7ad6b7169203331-00` };

    await memory.github('pull_request', { action: 'opened' }, { headers });
    await telemetry.flush();

    const [message] = memory.queue.messages('bot-notifier');
    const [, messageTrace, requestSpan] = message?.applicationProperties['traceparent']?.split('-') ?? [];
    expect(messageTrace).toBe(aTrace);
    expect(ingestion.endpoint.events('webhook.accepted').map(operationOf)).toEqual([
      { trace: aTrace, parent: requestSpan },
    ]);
    expect(ingestion.endpoint.dependencies().map(operationOf)).toEqual(
      Array.from({ length: 3 }, () => ({ trace: aTrace, parent: requestSpan })),
    );
  });

  it('receives calls as what the application map draws, with a span of their own', async () => {
    const { memory, telemetry } = watch(ingestion);
    memory.queue.setFault({ kind: 'error', code: 'unavailable' });

    await memory.github('issues', { action: 'opened' });
    await telemetry.flush();

    const calls = ingestion.endpoint.dependencies().map(({ data: { baseData } }) => baseData);
    expect(calls).toEqual([
      expect.objectContaining({ name: 'archive', type: 'Azure blob', target: 'blob-storage', success: true }),
      expect.objectContaining({
        name: 'route',
        type: 'Azure Service Bus',
        target: 'bot-notifier',
        success: false,
        properties: { code: 'unavailable' },
      }),
    ]);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
  });

  it('receives every transition, refusal and webhook when sampling keeps one trace in a hundred', async () => {
    const { memory, telemetry } = watch(ingestion, { samplingPercent: 1 });
    memory.archive.setFault({ kind: 'error', code: 'unavailable' });

    for (const digit of hexDigits) {
      const headers = { traceparent: `00-${digit.repeat(32)}-b7ad6b7169203331-01` };
      await memory.github('issues', { action: 'opened' }, { delivery: `delivery-${digit}`, headers });
      await memory.github('issues', {}, { secret: 'a-secret-of-somebody-else', headers });
    }
    await telemetry.flush();

    expect(ingestion.endpoint.events('webhook.accepted')).toHaveLength(15);
    expect(ingestion.endpoint.events('webhook.rejected')).toHaveLength(15);
    expect(ingestion.endpoint.events('breaker.opened')).toHaveLength(1);
    expect(ingestion.endpoint.dependencies()).toEqual([]);
  });

  it('says of a dependency that sampling kept how many it stands for', async () => {
    const { memory, telemetry } = watch(ingestion, { samplingPercent: 1 });
    const headers = { traceparent: `00-${'f'.repeat(24)}00000001-b7ad6b7169203331-00` };

    await memory.github('issues', { action: 'opened' }, { headers });
    await telemetry.flush();

    expect(ingestion.endpoint.dependencies().map(({ sampleRate }) => sampleRate)).toEqual([1, 1]);
    expect(ingestion.endpoint.events('webhook.accepted').map(({ sampleRate }) => sampleRate)).toEqual([100]);
  });
});
