import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ServiceBusClient } from '@azure/service-bus';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildDotnet, withClient } from '../support/dotnet.js';
import { postGithub } from '../support/github-client.js';
import { type RunningStack, startStack } from '../support/start-stack.js';

const program = await buildDotnet('examples/bot-dotnet/BotDotnet.csproj');

const bots = {
  bots: [
    { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true },
    { name: 'notifier', queue: 'bot-notifier', events: ['github.pull_request'], ordered: false },
  ],
};

/** Deliveries that a program which reads JSON loosely would change, cut, or refuse. */
const pullRequest = (number: number, more: string): string =>
  `{"action":"opened","number":${number},"pull_request":{"number":${number}},"repository":{"full_name":"o/r"}${more}}`;
const deliveries = {
  plain: pullRequest(1, ''),
  'large number': pullRequest(
    1,
    ',"n":12345678901234567890.10,"e":"\\u00e9","date":"2026-11-29T10:00:00+02:00","n":1e400',
  ),
  'white space': `\r\n ${pullRequest(1, '')} \n`,
  'deeply nested': pullRequest(1, `,"deep":${'['.repeat(126)}${']'.repeat(126)}`),
  'too large for a message': pullRequest(1, `,"text":"${'x'.repeat(400_000)}"`),
  'another session': pullRequest(2, ''),
  form: `payload=${encodeURIComponent(pullRequest(2, ''))}`,
};

interface Line {
  readonly id: string;
  readonly session: string | null;
  readonly sha256: string;
  readonly key: string;
  readonly bytes: number;
}

/** One process of the bot; `lines` are what it has printed for events. */
const startBot = (stack: RunningStack, queue: string, ordered: boolean) => {
  const child: ChildProcess = spawn('dotnet', [program.found ? program.path : ''], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      ServiceBus: stack.serviceBusConnectionString,
      PayloadStorage: stack.blobConnectionString,
      QUEUE: queue,
      ORDERED: String(ordered),
    },
  });
  const lines: Line[] = [];
  if (child.stdout) createInterface(child.stdout).on('line', (line) => void lines.push(JSON.parse(line)));
  return {
    lines,
    stop: async (): Promise<unknown> => {
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      return code;
    },
  };
};

describe.skipIf(!program.found)(withClient('the bot in C#', program), () => {
  let stack: RunningStack;

  beforeAll(async () => {
    stack = await startStack({ bots });
    for (const [name, body] of Object.entries(deliveries)) {
      const headers = name === 'form' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
      const delivery = name.replaceAll(' ', '-');
      const { status } = await postGithub(stack.hostUrl, { event: 'pull_request', body, delivery, headers });
      expect([name, status]).toEqual([name, 202]);
    }
  });

  afterAll(() => stack?.stop());

  const expectedLines = Object.entries(deliveries).map(([name, body]) => {
    const id = name.replaceAll(' ', '-');
    const sha256 = createHash('sha256').update(body).digest('hex');
    return { id, sha256, bytes: Buffer.byteLength(body), key: `github:${id}:${sha256}` };
  });

  test('it gets every payload byte for byte, in the order of each session, and ends at SIGTERM', async () => {
    const bot = startBot(stack, 'bot-merge-warden', true);
    await expect.poll(() => bot.lines.length).toBe(expectedLines.length);
    const code = await bot.stop();

    expect(code).toBe(0);
    expect(bot.lines).toHaveLength(expectedLines.length);
    for (const session of ['o/r/pull_request/1', 'o/r/pull_request/2']) {
      const ids = bot.lines.filter((line) => line.session === session);
      expect(ids).toMatchObject(expectedLines.filter(({ id }) => ids.some((line) => line.id === id)));
    }
  });

  test('it takes a queue without sessions, too, and dead-letters what is no event', async () => {
    const client = new ServiceBusClient(stack.serviceBusConnectionString);
    await client.createSender('bot-notifier').sendMessages({ body: Buffer.from('{"specversion":"1.0"}') });
    const bot = startBot(stack, 'bot-notifier', false);
    const deadLetters = client.createReceiver('bot-notifier', { subQueueType: 'deadLetter' });

    const [dead] = await deadLetters.receiveMessages(1, { maxWaitTimeInMs: 30_000 });
    await expect.poll(() => bot.lines.length).toBe(expectedLines.length);
    const code = await bot.stop();
    await client.close();

    expect(code).toBe(0);
    expect(dead).toMatchObject({
      deadLetterReason: 'malformed',
      deadLetterErrorDescription: "The envelope has no 'id'",
    });
    const byId = (one: { readonly id: string }, other: { readonly id: string }) => one.id.localeCompare(other.id);
    expect(bot.lines.toSorted(byId)).toMatchObject(expectedLines.toSorted(byId));
  });
});
