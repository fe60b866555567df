import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chooseSamples, findSender, type SampleChoice } from '../../../../local/commands/sending/choose-samples.js';
import { describeAnswer, describeStatus, hintFor } from '../../../../local/commands/sending/describe-answer.js';
import { summarize } from '../../../../local/commands/sending/summarize.js';
import { secretFor, webhookUrl } from '../../../../local/commands/sending/webhook-url.js';
import { githubSender } from '../../../../local/senders/github-sender.js';
import { pickSample, sampleName } from '../../../../local/senders/pick-sample.js';
import { senders } from '../../../../local/senders/senders.js';

const choice = (changes: Partial<SampleChoice>): SampleChoice => ({
  selector: undefined,
  all: false,
  file: undefined,
  event: undefined,
  repository: undefined,
  ...changes,
});

const answered = (status: number, text = '') => ({ kind: 'answered', status, text, durationMs: 3 }) as const;

describe('where to send', () => {
  it('a base gets the webhook route of its provider, a whole URL is taken as it is', () => {
    expect(webhookUrl('http://127.0.0.1:7071', 'github').href).toBe('http://127.0.0.1:7071/api/webhooks/github');
    expect(webhookUrl('https://example.org/hooks?x=1', 'github').href).toBe('https://example.org/hooks?x=1');
  });

  it('what is not a URL is refused with an example', () => {
    expect(() => webhookUrl('127.0.0.1:7071', 'github')).toThrow('is not an http or https URL');
  });

  it('the secret of this machine never signs for another one', () => {
    expect(secretFor(new URL('http://127.0.0.1:7071'), undefined, 'local')).toBe('local');
    expect(secretFor(new URL('https://example.org'), 'theirs', 'local')).toBe('theirs');
    expect(() => secretFor(new URL('https://example.org'), undefined, 'local')).toThrow(
      'example.org is not this machine',
    );
  });
});

describe('what to send', () => {
  it('all samples have names that pick them again', async () => {
    const all = await chooseSamples(githubSender, choice({ all: true }));

    const samples = all.map(({ sample }) => sample);
    const again = all.map(({ label }) => pickSample(samples, label));

    expect(again).toEqual(samples.map((sample) => ({ kind: 'found', sample })));
  });

  it('all of one name are those of that name and no others', async () => {
    const allOf = (selector: string) => chooseSamples(githubSender, choice({ all: true, selector }));
    const named = await allOf('pull_request.opened');
    const event = await allOf('pull_request');

    expect(new Set(named.map(({ sample }) => sampleName(sample)))).toEqual(new Set(['pull_request.opened']));
    expect(new Set(event.map(({ sample }) => sample.event))).toEqual(new Set(['pull_request']));
    expect(event.length).toBeGreaterThan(named.length);
    await expect(allOf('pull_reqest')).rejects.toThrow('pull_reqest');
  });

  it('a file is sent byte for byte', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'breakwater-send-'));
    const file = join(folder, 'body.json');
    await writeFile(file, Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a]));

    const chosen = await chooseSamples(githubSender, choice({ file, event: 'push' }));
    await rm(folder, { recursive: true });

    expect(chosen).toEqual([
      { label: 'push', sample: { event: 'push', body: Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d, 0x0a]) } },
    ]);
  });

  it('says what to change when nothing fits', async () => {
    await expect(chooseSamples(githubSender, choice({ selector: 'pull_requst.opend' }))).rejects.toMatchObject({
      message: 'There is no sample of "pull_requst.opend"',
      advice: [expect.stringContaining('Did you mean pull_request.opened'), expect.stringContaining('--list')],
    });
    await expect(chooseSamples(githubSender, choice({}))).rejects.toThrow('Say which event to send');
    await expect(chooseSamples(githubSender, choice({ file: 'x.json' }))).rejects.toThrow('Say which event x.json is');
    await expect(chooseSamples(githubSender, choice({ file: 'none.json', event: 'push' }))).rejects.toThrow(
      'cannot be read',
    );
    expect(() => findSender('githb', senders)).toThrow(
      expect.objectContaining({
        advice: [expect.stringMatching(/^Did you mean github[,?]/), expect.stringMatching(/^Known: .*\bgithub\b/)],
      }),
    );
  });
});

describe('what came back', () => {
  it('no control character of a foreign answer is shown', () => {
    const answered = (text: string) => describeAnswer({ kind: 'answered', status: 200, text, durationMs: 1 });

    expect(answered('\u001B[2Jred\r\nline')).toEqual(['  \uFFFD[2Jred\uFFFD', '  line']);
    expect(answered(JSON.stringify({ id: '\u001B[2J' }))).toEqual(['  id  \uFFFD[2J']);
  });

  it('the answer is shown field by field', () => {
    expect(describeAnswer(answered(202, '{"id":"1","archived":true,"routedTo":["a","b"],"degraded":[]}'))).toEqual([
      '  id        1',
      '  archived  true',
      '  routedTo  a, b',
      '  degraded  (none)',
    ]);
    expect(describeAnswer(answered(502, 'Bad\nGateway'))).toEqual(['  Bad', '  Gateway']);
  });

  it('many are counted by answer, and those not as expected are named', () => {
    const fine = { item: { label: 'push', sample: { event: 'push', body: Buffer.of() } }, outcome: answered(202) };
    const open = {
      item: { label: 'issues.opened/2', sample: { event: 'issues', body: Buffer.of() } },
      outcome: answered(503, '{"code":"CircuitBreakerOpen"}'),
    };

    expect(summarize({ sent: [fine, open, fine], unexpected: [open], seconds: 1.5, provider: 'github' })).toEqual([
      '3 deliveries in 1.5 s (2 a second)',
      '  202 Accepted             2',
      '  503 Service Unavailable  1',
      'Not as expected:',
      '  issues.opened/2  503 Service Unavailable  CircuitBreakerOpen',
      '  → A circuit breaker is open. Which, and why: npm run health',
    ]);
  });

  it('what was accepted but not served as usual is told apart, and says where to look', () => {
    const degraded = answered(202, '{"degraded":["blob-storage","bot:notifier"]}');

    expect(describeStatus(degraded)).toBe('202 Accepted, degraded: blob-storage, bot:notifier');
    expect(hintFor(degraded, 'github')).toBe('Why: npm run health');
    expect(hintFor(answered(202, '{"degraded":[]}'), 'github')).toBeUndefined();
  });

  it('a provider that is not switched on is told with the way to switch it on', () => {
    expect(hintFor(answered(404, '{"code":"UnknownProvider"}'), 'slack')).toContain('PROVIDERS=github,slack');
  });
});
