import { expect, it } from 'vitest';
import { judgeProbe } from '../../../../local/commands/listening/probe.js';
import { describeRoute } from '../../../../local/commands/listening/routes.js';

const answered = (status: number, body: unknown) => ({
  kind: 'answered' as const,
  status,
  text: typeof body === 'string' ? body : JSON.stringify(body),
  durationMs: 1,
});
const unanswered = (reason: string) => ({ kind: 'unanswered' as const, reason, durationMs: 1 });
const here = async (): Promise<boolean> => true;
const elsewhere = async (): Promise<boolean> => false;

it('a probe that this very stack has taken has arrived', async () => {
  expect(await judgeProbe(answered(202, { id: 'a', correlationId: 'c' }), here)).toEqual({ kind: 'arrived' });
});

it.each([
  ['another stack', answered(202, { id: 'a' }), 'another Breakwater has taken it'],
  [
    'a web page',
    answered(200, '<!DOCTYPE html><html>'),
    'answered 200 with a web page, by something that is not Breakwater',
  ],
  ['a foreign API', answered(200, { id: 7 }), 'by something that is not Breakwater'],
  ['a redirect', answered(302, ''), 'which sends elsewhere'],
  ['a sender that is off', answered(404, { code: 'UnknownProvider', correlationId: 'c' }), 'not switched on'],
  ['a changed body', answered(401, { code: 'SignatureInvalid', correlationId: 'c' }), 'another body or secret'],
  [
    'a stack in trouble',
    answered(503, { code: 'QueueingFailed', correlationId: 'c' }),
    'answered 503 (QueueingFailed)',
  ],
  ['nothing at all', unanswered('ECONNREFUSED'), 'nothing listens there'],
  ['no such name', unanswered('ENOTFOUND'), 'no such host name'],
  ['anything else', unanswered('EPROTO'), 'no answer: EPROTO'],
])('a probe that found %s says so, and what to do', async (_, outcome, what) => {
  const found = await judgeProbe(outcome, elsewhere);

  expect(found).toMatchObject({ kind: 'astray', what: expect.stringContaining(what) });
  expect(found.kind === 'astray' && found.advice).not.toBe('');
});

const destination = {
  local: 'http://127.0.0.1:7071/api/webhooks/x',
  outside: 'https://x.example/api/webhooks/x',
  secret: 'It\'s $HOME `a` "Secret" to Everybody',
  isOn: true,
};

it('the commands to copy hold the local address, and the secret so that no shell reads it otherwise', () => {
  const text = describeRoute({ ...destination, provider: 'github' }).join('\n');

  expect(text).toContain(`--url ${destination.local}`);
  expect(text).toContain('--secret "It\'s \\$HOME \\`a\\` \\"Secret\\" to Everybody"');
  expect(text).toContain(destination.outside);
});

it.each(['stripe', 'slack', 'discord', 'linear'])('%s that is off says how to switch it on', (provider) => {
  expect(describeRoute({ ...destination, provider, isOn: false })[0]).toContain(
    `PROVIDERS=github,${provider} npm start`,
  );
});

it.each([
  'stripe',
  'slack',
  'discord',
  'linear',
])('%s chooses its secret itself: the way into the vault is shown', (provider) => {
  expect(describeRoute({ ...destination, provider }).join('\n')).toContain(`npm run listen -- ${provider} --secret`);
});
