import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { BlobServiceClient } from '@azure/storage-blob';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MortalHost } from '../soak/stack/mortal-host.js';
import { type StandIns, startStandIns } from '../soak/stack/start-stand-ins.js';
import { eventIdIn } from '../support/event-id-in.js';
import { postGithub } from '../support/github-client.js';
import { StorageGate } from '../support/storage-gate.js';

const mergeWarden = { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true };
const notifier = { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false };

/** The outbox is drained when a test says so. Breakers stay closed unless a test wants them open. */
const settings = {
  QUEUE_UNAVAILABLE: 'defer',
  OUTBOX_SCHEDULE: '0 0 0 1 1 *',
  CircuitBreaker__serviceBus__failureThreshold: '4',
  CircuitBreaker__serviceBus__coolDownMs: '600000',
};

interface Answer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

const until = async (condition: () => Promise<boolean>): Promise<void> => {
  while (!(await condition())) await sleep(100);
};

/** The host is a process that SIGKILL ends; what it had reached by then is seen from outside: in the archive, the outbox, the queues. */
describe('crash points', () => {
  let stateDirectory: string;
  let standIns: StandIns;
  /** What the host reaches storage by. */
  let storage: StorageGate;
  let host: MortalHost;
  let blobs: BlobServiceClient;
  /** Every test has a pull request of its own, so that they can share the stores. */
  let tests = 0;

  beforeAll(async () => {
    stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-crash-'));
    const bots = { bots: [mergeWarden, notifier] };
    standIns = await startStandIns({ stateDirectory, providers: ['github'], bots });
    const { blobConnectionString } = standIns.connections;
    const [, storagePort = ''] = /BlobEndpoint=http:\/\/127\.0\.0\.1:(\d+)/.exec(blobConnectionString) ?? [];
    storage = new StorageGate(Number(storagePort));
    const PayloadStorage = blobConnectionString.replace(`:${storagePort}/`, `:${await storage.listen()}/`);
    host = new MortalHost({ standIns, stateDirectory, settings: { ...settings, PayloadStorage } });
    blobs = BlobServiceClient.fromConnectionString(blobConnectionString);
  });

  beforeEach(async () => {
    tests += 1;
    await host.start();
  });

  afterEach(async () => {
    await host.kill();
    storage.open();
    await standIns.calm();
  });

  afterAll(async () => {
    storage?.close();
    await standIns?.stop();
    await rm(stateDirectory, { recursive: true, force: true });
  });

  const bodyOf = (step: number, fillerBytes = 0): string =>
    `{"action":"synchronize","pull_request":{"number":${tests}},"repository":{"full_name":"octo-org/octo-repo"},"step":${step},"filler":"${'x'.repeat(fillerBytes)}"}`;

  const idOf = (step: number): string => `crash-${tests}-${step}`;

  /** `undefined` when no answer came. */
  const send = async (step = 0, { fillerBytes = 0 } = {}): Promise<Answer | undefined> => {
    const post = { event: 'pull_request', body: bodyOf(step, fillerBytes), delivery: idOf(step) };
    const reply = await postGithub(host.url, post).catch(() => undefined);
    return reply === undefined ? undefined : { status: reply.status, json: JSON.parse(await reply.text()) };
  };

  /**
   * What each 2xx says. On a busy machine storage may answer too late for a reply: then the sender is told that the event is not archived yet, or a
   * 503, and sends it again.
   */
  const sendUntilArchived = async (step = 0, options: { readonly fillerBytes?: number } = {}) => {
    const accepted: Answer[] = [];
    while (accepted.at(-1)?.json['archived'] !== true) {
      const answer = await send(step, options);
      if (answer?.status === 202) accepted.push(answer);
    }
    return accepted.map(({ json }) => json);
  };

  /** Likewise. */
  const sendUntilDeferred = (step: number): Promise<void> =>
    until(async () => (await send(step))?.json['status'] === 'deferred');

  /** Beside payloads and records lies much else, which is not listed with them. */
  const namesIn = async (container: string, prefix: string): Promise<readonly string[]> => {
    const names: string[] = [];
    if (!(await blobs.getContainerClient(container).exists())) return names;
    for await (const { name } of blobs.getContainerClient(container).listBlobsFlat({ prefix })) names.push(name);
    return names.filter((name) => name.includes(`/crash-${tests}-`));
  };

  const archived = (): Promise<readonly string[]> => namesIn('webhook-payloads', 'github/');
  const owed = (): Promise<readonly string[]> => namesIn('webhook-outbox', '2');

  /** The events of this test that a queue holds, in its order. A client peeks each message once, so each look has its own. */
  const heldBy = async ({ queue }: { readonly queue: string }): Promise<readonly string[]> => {
    const client = new ServiceBusClient(standIns.connections.serviceBusConnectionString);
    const messages = await client.createReceiver(queue).peekMessages(1_000);
    await client.close();
    return messages
      .map(({ messageId }) => eventIdIn({ messageId: String(messageId) }))
      .filter((id) => id.startsWith(`crash-${tests}-`));
  };

  const waitingIn = async ({ queue }: { readonly queue: string }): Promise<number> =>
    (await standIns.control.queues()).find(({ name }) => name === queue)?.active ?? 0;

  const dieAndComeBack = async (): Promise<void> => {
    await host.kill();
    storage.open();
    await standIns.calm();
    await host.start();
  };

  const drain = async (): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: '{}' };
    expect((await fetch(`${host.url}/admin/functions/drainOutbox`, init)).status).toBe(202);
  };

  /** Stands for the time after which storage ends the leases of an instance that died. */
  const endLeases = async (): Promise<void> => {
    const records = blobs.getContainerClient('webhook-outbox');
    for await (const { name, properties } of records.listBlobsFlat()) {
      if (properties.leaseState === 'leased') await records.getBlobClient(name).getBlobLeaseClient().breakLease(0);
    }
  };

  /** Whatever died is found, and what it left is delivered. */
  const sweepAll = async (): Promise<void> => {
    const expected = (await archived()).length;
    const before = await waitingIn(notifier);
    const had = (await heldBy(notifier)).length;
    await endLeases();
    await drain();
    await until(async () => (await waitingIn(notifier)) >= before + expected - had && (await owed()).length === 0);
  };

  const drainAll = async (): Promise<void> => {
    await drain();
    await until(async () => (await owed()).length === 0);
  };

  const expectOneCopyEach = async (...ids: readonly string[]): Promise<void> => {
    expect(await heldBy(mergeWarden)).toEqual(ids);
    expect((await heldBy(notifier)).toSorted()).toEqual(ids.toSorted());
  };

  it.each([
    ['inside its message', 0],
    ['by claim check', 250_000],
  ])('killed after archive before route, the payload %s: no answer, yet every bot gets it by the timer; sent again nobody gets a second copy', async (_, fillerBytes) => {
    await standIns.control.setFault('service-bus', 'hang');
    const isArchived = storage.shutBehind('/webhook-payloads/github/');
    const answer = send(0, { fillerBytes });
    await isArchived;

    await dieAndComeBack();

    expect(await answer).toBeUndefined();
    expect(await archived()).toHaveLength(1);
    expect(await owed()).toEqual([]);
    await expectOneCopyEach();
    await sweepAll();
    await expectOneCopyEach(idOf(0));
    expect((await sendUntilArchived(0, { fillerBytes })).at(-1)).toMatchObject({
      status: 'accepted',
      archived: true,
      duplicate: true,
    });
    await expectOneCopyEach(idOf(0));
  });

  it('killed while it finishes what another instance left: the next one does it, nothing twice and in order', async () => {
    await standIns.control.setFault('service-bus', 'hang');
    const steps = Array.from({ length: 8 }, (_, step) => step);
    for (const step of steps) {
      void send(step);
      await until(async () => (await archived()).length === step + 1);
    }
    await dieAndComeBack();
    await endLeases();
    const isFirstOwed = storage.shutBehind('/webhook-outbox/2');
    await drain();
    await isFirstOwed;

    await dieAndComeBack();

    await sweepAll();
    await expectOneCopyEach(...steps.map(idOf));
  });

  it('ended as hosts end it: it leaves no note, and nothing to be looked for', async () => {
    const notes = async (): Promise<number> => {
      let count = 0;
      for await (const _ of blobs.getContainerClient('webhook-outbox').listBlobsFlat({ prefix: 'instances/' }))
        count += 1;
      return count;
    };
    expect((await send())?.status).toBe(202);
    const before = await notes();

    await host.stop();

    expect(await notes()).toBe(before - 1);
  });

  it('killed after route before reply: no answer, the bots have it, the archive not; sent again it is archived and no bot gets a second copy', async () => {
    const waiting = async () => (await waitingIn(mergeWarden)) + (await waitingIn(notifier));
    const before = await waiting();
    await standIns.control.setFault('blob-storage', 'hang');
    const answer = send();
    await until(async () => (await waiting()) === before + 2);

    await dieAndComeBack();

    expect(await answer).toBeUndefined();
    expect(await archived()).toEqual([]);
    await expectOneCopyEach(idOf(0));
    // Once this one is taken, the host answers in time for the first answer to be told from a second.
    await sendUntilArchived(1);
    const answers = await sendUntilArchived();
    expect(answers[0]).toMatchObject({ status: 'accepted', duplicate: false });
    expect(answers.at(-1)).toMatchObject({ status: 'accepted', archived: true });
    await expectOneCopyEach(idOf(0), idOf(1));
  });

  it('killed between outbox write and reply: no answer, yet the record is delivered; sent again nobody gets a second copy', async () => {
    await standIns.control.setFault('service-bus', 'hang');
    const isOwed = storage.shutBehind('/webhook-outbox/2');
    const answer = send();
    await isOwed;

    await dieAndComeBack();

    expect(await answer).toBeUndefined();
    await expectOneCopyEach();
    await drainAll();
    await expectOneCopyEach(idOf(0));
    expect((await sendUntilArchived()).at(-1)).toMatchObject({ status: 'accepted', duplicate: true });
    await expectOneCopyEach(idOf(0));
  });

  // Forty events of one session go one after the other: on a busy machine that takes minutes.
  it('killed in the middle of a drain: the next one delivers the rest, nothing twice and in order', async () => {
    const ids = Array.from({ length: 40 }, (_, step) => idOf(step));
    await standIns.control.setFault('service-bus', 'refuse');
    for (const step of ids.keys()) await sendUntilDeferred(step);
    await dieAndComeBack();
    const before = await waitingIn(notifier);
    await standIns.control.setFault('service-bus', 'slow 300');
    await drain();
    await until(async () => (await waitingIn(notifier)) > before);

    await dieAndComeBack();

    const delivered = await heldBy(notifier);
    expect(delivered.length).toBeGreaterThan(0);
    expect(delivered.length).toBeLessThan(ids.length);
    expect((await owed()).length).toBeGreaterThanOrEqual(ids.length - delivered.length);
    await endLeases();
    await drainAll();
    await expectOneCopyEach(...ids);
    expect(await namesIn('webhook-dead-letters', '')).toEqual([]);
  }, 900_000);
});
