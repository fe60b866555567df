import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { githubSender } from '../../../local/senders/github-sender.js';
import { pickSample } from '../../../local/senders/pick-sample.js';
import { localAdminToken } from '../../../local/stack/local-secrets.js';
import { runCommand } from '../../support/run-command.js';
import { type RunningStack, startStack } from '../../support/start-stack.js';

const bots = {
  bots: [
    { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true },
    { name: 'notifier', queue: 'bot-notifier', events: ['*'], ordered: false },
  ],
};

const sampleBody = (name: string): Buffer => {
  const picked = pickSample(githubSender.samples(), name);
  return picked.kind === 'found' ? picked.sample.body : Buffer.of();
};

describe('the commands', () => {
  let stack: RunningStack;
  const run = (name: string, ...args: readonly string[]) => runCommand(name, ...args, '--state', stack.stateDirectory);

  beforeAll(async () => {
    stack = await startStack({ bots });
  });

  afterAll(async () => {
    await stack?.stop();
  });

  test('a sample that is sent is seen in the queues, shown by peek and consumed by receive, byte for byte', async () => {
    const sent = await run('send', 'github', 'pull_request.opened');
    const queues = JSON.parse((await run('queues', '--json')).stdout);
    const peeked = await run('peek', 'merge-warden', '--json');
    const received = await run('receive', 'merge-warden', '--payload');
    const left = JSON.parse((await run('queues', '--json')).stdout);

    expect(sent.stderr).toBe('');
    expect(sent.code).toBe(0);
    expect(sent.stdout).toContain('202 Accepted');
    expect(sent.stdout).toContain('merge-warden, notifier');
    expect(queues.queues).toMatchObject([
      { name: 'bot-merge-warden', active: 1, sessions: 1 },
      { name: 'bot-notifier', active: 1 },
      { name: 'webhook-archive-backlog', active: 0 },
    ]);
    expect(JSON.parse(peeked.stdout)).toMatchObject({
      subject: 'github.pull_request.opened',
      sessionId: expect.any(String),
      envelope: { type: 'github.pull_request.opened', data: JSON.parse(sampleBody('pull_request.opened').toString()) },
    });
    expect(received.stdout).toContain(`\n${sampleBody('pull_request.opened').toString('utf8')}\n`);
    expect(received.stderr).toContain('1 message consumed from bot-merge-warden, 1 session');
    expect(left.queues[0]).toMatchObject({ name: 'bot-merge-warden', active: 0, locked: 0 });
  });

  test('many are sent with a summary, and consumed session by session in their order', async () => {
    const sent = await run('send', 'github', 'pull_request', '--count', '25');
    const received = await run('receive', 'merge-warden', '--json');
    const plain = await run('receive', 'notifier', '--json', '--count', '3');

    const numbers = received.stdout
      .trim()
      .split('\n')
      .map((line) => Number(JSON.parse(line).sequenceNumber));
    expect(sent.stdout).toMatch(/^25 deliveries in .*\n {2}202 Accepted {2}25\n/);
    expect(numbers).toHaveLength(25);
    expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
    expect(plain.stdout.trim().split('\n')).toHaveLength(3);
  });

  test('what an attacker changes is refused, and the command says so by its exit code', async () => {
    const forged = await run('send', 'github', 'push', '--corrupt', 'signature');
    const altered = await run('send', 'github', 'push', '--corrupt', 'body');
    const stranger = await run('send', 'github', 'push', '--secret', 'another secret of some length');

    expect([forged.code, altered.code, stranger.code]).toEqual([0, 0, 1]);
    for (const { stdout } of [forged, altered, stranger]) expect(stdout).toContain('401 Unauthorized');
  });

  test('a fault is switched, seen beside the queues, felt by a webhook, and ended', async () => {
    await run('faults', 'blob-storage', 'refuse');
    const queues = await run('queues');
    const sent = await run('send', 'github', 'push');
    const ended = await run('faults', 'none');

    expect(queues.stdout).toContain('blob-storage has the fault: refuse');
    expect(sent.stdout).toMatch(/202 Accepted/);
    expect(sent.stdout).toMatch(/degraded\s+blob-storage/);
    expect(ended.stdout).not.toContain('refuse');
  });

  test('health says what fails, why, and what to do, and the exit code tells it too', async () => {
    // Other tests have broken storage before, and what they sent is still on its way into the archive.
    const authorization = `Bearer ${localAdminToken}`;
    await fetch(`${stack.hostUrl}/api/circuit-breakers/reset`, { method: 'POST', headers: { authorization } });
    await run('send', 'github', 'push');
    await expect.poll(async () => (await run('health')).code, { interval: 500 }).toBe(0);
    const before = await run('health');
    await run('faults', 'blob-storage', 'error', '403');
    const sent = await run('send', 'github', 'push');
    const during = await run('health', '--probe');
    await run('faults', 'none');
    await run('send', 'github', 'push');

    expect(before.stdout).toMatch(/^healthy, version/);
    expect([before.code, during.code]).toEqual([0, 1]);
    expect(sent.stdout).toContain('202 Accepted, degraded: blob-storage');
    expect(during.stdout).toMatch(/blob_storage_probe +Refused: unauthorized/);
    expect(during.stdout).toMatch(/blob_storage_last_call: .*Storage Blob Data Contributor/);
  });

  test('error responses are switched on for each dependency, seen beside the queues, felt by a webhook, and ended', async () => {
    await run('faults', 'blob-storage', 'error', '500');
    const sent = await run('send', 'github', 'push');
    await run('faults', 'service-bus', 'error', '503');
    await run('faults', 'key-vault', 'error', '429');
    const queues = await run('queues');
    const unknown = await run('faults', 'blob-storage', 'error', '418');
    const ended = await run('faults', 'none');

    expect(sent.stdout).toMatch(/degraded\s+blob-storage/);
    for (const line of [
      'blob-storage has the fault: error 500',
      'service-bus has the fault: error 503',
      'key-vault has the fault: error 429',
    ])
      expect(queues.stdout).toContain(line);
    expect([unknown.code, ended.code]).toEqual([1, 0]);
    expect(unknown.stderr).toContain('error needs a status, one of 401, 403, 404, 429, 500, 503, not "418"');
    expect(ended.stdout).not.toContain('error');
  });

  test('a stack that runs is neither cleaned away nor started twice', async () => {
    const cleaned = await run('clean');
    const again = await run('start', '--port', 'auto');

    expect([cleaned.code, again.code]).toEqual([1, 1]);
    expect(cleaned.stderr).toContain(`The local stack is running: process ${stack.pid}`);
    expect(again.stderr).toContain(`A local stack runs here already: process ${stack.pid}`);
  });
});
