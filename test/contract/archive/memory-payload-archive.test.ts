import { describe, expect, it } from 'vitest';
import { createMemoryPayloadArchive } from '../../support/memory/payload-archive.js';
import { samplePayload } from '../../unit/archive/sample-payload.js';
import { describePayloadArchive } from './payload-archive-contract.js';

describePayloadArchive('memory', async () => ({ archive: createMemoryPayloadArchive(), close: async () => {} }));

describe('memory archive', () => {
  it('memory archive: fails with the switched code and works again once it is switched off', async () => {
    const archive = createMemoryPayloadArchive();
    const { signal } = new AbortController();

    archive.setFault({ kind: 'error', code: 'unavailable' });
    const failed = archive.put(samplePayload(), signal);

    await expect(failed).rejects.toMatchObject({ code: 'unavailable' });
    archive.setFault(undefined);
    await expect(archive.put(samplePayload(), signal)).resolves.toMatchObject({ duplicate: false });
    expect(archive.names()).toHaveLength(1);
  });

  it('memory archive: hangs until the caller gives up', async () => {
    const archive = createMemoryPayloadArchive();
    const controller = new AbortController();

    archive.setFault({ kind: 'hang' });
    const hanging = archive.put(samplePayload(), controller.signal);
    controller.abort('deadline');

    await expect(hanging).rejects.toMatchObject({ code: 'aborted', cause: 'deadline' });
    expect(archive.names()).toEqual([]);
  });
});
