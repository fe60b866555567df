import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { coalesced } from '../../src/consumer/coalesced.js';
import { MortalHost } from '../soak/stack/mortal-host.js';
import { type StandIns, startStandIns } from '../soak/stack/start-stand-ins.js';
import { eventIdIn } from '../support/event-id-in.js';
import { postGithub } from '../support/github-client.js';

const latest = {
  name: 'latest',
  queue: 'bot-latest',
  events: ['*'],
  ordered: true,
  coalesce: { quietSeconds: 2, maxWaitSeconds: 600 },
};
const every = { name: 'every', queue: 'bot-every', events: ['*'], ordered: true };
/** Of each branch, between two kills. */
const perLife = 5;
const branches = ['one', 'two', 'three'];
/** Whatever else the machine does. */
const testMs = 400_000;
const slow = { timeout: 240_000, interval: 500 };

let stateDirectory: string;
let standIns: StandIns;
let host: MortalHost;

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'breakwater-bursts-'));
  standIns = await startStandIns({ stateDirectory, providers: ['github'], bots: { bots: [latest, every] } });
  const settings = { OUTBOX_SCHEDULE: '*/2 * * * * *' };
  host = new MortalHost({ standIns, stateDirectory, settings });
}, 180_000);

afterAll(async () => {
  await host?.kill();
  await standIns?.stop();
  await rm(stateDirectory, { recursive: true, force: true });
});

const push = async (branch: string, n: number): Promise<void> => {
  const body = JSON.stringify({ ref: `refs/heads/${branch}`, n, repository: { full_name: 'octo-org/octo-repo' } });
  expect((await postGithub(host.url, { event: 'push', body, delivery: `${branch}-${n}` })).status).toBe(202);
};

const messagesIn = async (queue: string) => {
  const client = new ServiceBusClient(standIns.connections.serviceBusConnectionString);
  const messages = await client.createReceiver(queue).peekMessages(1_000);
  await client.close();
  return messages;
};

const idOf = ({ messageId }: { readonly messageId?: unknown }): string => eventIdIn({ messageId: String(messageId) });
const branchOf = (id: string): string => id.slice(0, id.lastIndexOf('-'));

const waiting = async (): Promise<number> => {
  const counts = (await standIns.control.queues()).find(
    ({ name }) => name.startsWith(latest.queue) && name !== latest.queue,
  );
  return (counts?.active ?? 0) + (counts?.scheduled ?? 0);
};

it(
  'a host killed at any moment of a burst and of its end: no event is left out, the newest has the last word, and what a process took keeps its order',
  async () => {
    const sent: string[] = [];
    await host.start();
    // How long after the last event of a round it is killed: while it waits, as it becomes due, and while it is sent on.
    for (const [round, lifeMs] of [0, 1_500, 2_500, 3_500, 5_000].entries()) {
      for (let n = 0; n < perLife; n += 1)
        for (const branch of branches) {
          await push(branch, round * perLife + n);
          sent.push(`${branch}-${round * perLife + n}`);
        }
      await sleep(lifeMs);
      await host.kill();
      await host.start();
    }

    const lost = async (): Promise<readonly string[]> => {
      const stoodFor = new Set(
        (await messagesIn(latest.queue)).flatMap((message) => coalesced(message)?.ids ?? [idOf(message)]),
      );
      return sent.filter((id) => !stoodFor.has(id));
    };
    await expect.poll(lost, slow).toEqual([]);
    await expect.poll(waiting, slow).toBe(0);

    const bursts = await messagesIn(latest.queue);
    expect(bursts.length).toBeGreaterThanOrEqual(branches.length);
    expect(bursts.length).toBeLessThan(sent.length);
    for (const branch of branches) {
      const ofBranch = sent.filter((id) => branchOf(id) === branch);
      expect(bursts.map(idOf).findLast((id) => branchOf(id) === branch)).toBe(ofBranch.at(-1));
      const held = (await messagesIn(every.queue)).map(idOf).filter((id) => branchOf(id) === branch);
      for (let first = 0; first < ofBranch.length; first += perLife) {
        const ofLife = ofBranch.slice(first, first + perLife);
        expect(held.filter((id) => ofLife.includes(id))).toEqual(ofLife);
      }
    }
  },
  testMs,
);
