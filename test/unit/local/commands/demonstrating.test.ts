import { describe, expect, it } from 'vitest';
import { archiveHolder, demoBots, loadParts } from '../../../../local/commands/demonstrating/cast.js';
import { demoEnvironment } from '../../../../local/commands/demonstrating/demo-environment.js';
import { fastSpeed } from '../../../../local/commands/demonstrating/demo-speed.js';
import { describeLedger } from '../../../../local/commands/demonstrating/describe-ledger.js';
import { createNarrator } from '../../../../local/commands/demonstrating/narrator.js';
import type { Attempt, Copy } from '../../../../local/ledger/accounts.js';
import { balanceAccounts } from '../../../../local/ledger/balance.js';
import { createBotMatcher } from '../../../../src/routing/match-bots.js';
import { readBots } from '../../../../src/settings/read-bots.js';

const attempt = (id: string, accepted = true): Attempt => ({
  id,
  sha256: id,
  genuine: true,
  accepted,
  wantedBy: [archiveHolder, 'notifier'],
});

const copy = (id: string): Copy => ({ id, sha256: id });

const ledgerOf = (attempts: readonly Attempt[], archive: readonly Copy[], notifier: readonly Copy[]) => {
  const holders = new Map([
    [archiveHolder, archive],
    ['notifier', notifier],
  ]);
  return describeLedger(balanceAccounts({ attempts, holders }), attempts);
};

describe("the demonstration's ledger", () => {
  it('balances, and counts what was sent, accepted, refused, archived and delivered', () => {
    const attempts = [attempt('a'), attempt('a'), attempt('b'), { ...attempt('c', false), genuine: false }];
    const { exitCode, lines } = ledgerOf(attempts, [copy('a'), copy('b')], [copy('a'), copy('b')]);
    const figures = lines.flatMap((line) => /^ {2}([a-z, ]+?) +(\d+)/.exec(line)?.slice(1, 3) ?? []);

    expect(exitCode).toBe(0);
    expect(figures).toEqual([
      ...['sent', '3', 'accepted', '2', 'refused', '1', 'archived', '2', 'delivered', '2'],
      ...['lost', '0', 'duplicates', '0', 'altered', '0', 'forged, let in', '0'],
    ]);
  });

  it.each([
    ['an event is missing in a queue', [copy('a')], [], 'lost: a, notifier'],
    ['an event is missing in the archive', [], [copy('a')], 'lost: a, archive'],
    ['an event reached a bot twice', [copy('a')], [copy('a'), copy('a')], 'twice: a, notifier'],
    ['a payload was changed', [{ id: 'a', sha256: 'b' }], [copy('a')], 'altered: a, archive'],
    ['a forged event got in', [copy('a'), copy('x')], [copy('a')], 'forged: x, archive'],
  ])('does not balance when %s, and the command fails', (_, archive, notifier, line) => {
    const { exitCode, lines } = ledgerOf([attempt('a')], archive, notifier);

    expect(exitCode).toBe(1);
    expect(lines.map((each) => each.trim())).toContain(line);
  });

  it('does not balance when nothing was accepted at all', () => {
    expect(ledgerOf([attempt('a', false)], [], []).exitCode).toBe(1);
  });
});

describe("the demonstration's cast", () => {
  it('expects of each sample what the routing rules say', () => {
    const reading = readBots(JSON.stringify({ bots: demoBots }));
    const match = createBotMatcher(reading.ok ? reading.bots : []);

    for (const { sample, wantedBy } of loadParts()) {
      const type = `github.${sample.event}${sample.action === undefined ? '' : `.${sample.action}`}`;
      const bots = match({ type, event: sample.event }).map(({ name }) => name);
      expect([type, wantedBy.toSorted()]).toEqual([type, [archiveHolder, ...bots].toSorted()]);
    }
  });

  it("gets nothing of the user's settings", () => {
    const user = {
      PATH: '/bin',
      PayloadStorage: 'the real one',
      ServiceBus__fullyQualifiedNamespace: 'real.servicebus.windows.net',
      KeyVault__vaultUri: 'https://real.vault.azure.net',
      WEBHOOK_SECRET_GITHUB: 'a real secret',
      CircuitBreaker__keyVault__coolDownMs: '1',
      APPLICATIONINSIGHTS_CONNECTION_STRING: 'the real one',
    };
    const environment = demoEnvironment(user, { botsFile: 'b', providersFile: 'p' }, fastSpeed);

    expect(Object.keys(environment).filter((name) => name in user)).toEqual(['PATH']);
    expect(environment).toMatchObject({ BOTS_CONFIG: 'b', QUEUE_UNAVAILABLE: 'defer' });
  });
});

describe("the demonstration's narrator", () => {
  it('numbers the chapters, tells the time, and names the command that does the same', () => {
    const told: string[] = [];
    let nowMs = 0;
    const narrator = createNarrator({
      print: (line) => told.push(line),
      progressTo: { write: () => {} },
      nowMs: () => nowMs,
      aboutMs: 1_000,
    });

    narrator.chapter('Traffic flows', 'send -- github push');
    nowMs = 65_000;
    narrator.chapter('Storage dies');
    narrator.say('Nobody waits');

    expect(told).toEqual([
      '',
      ' 0:00  1. Traffic flows   npm run send -- github push',
      '',
      ' 1:05  2. Storage dies',
      ' 1:05     Nobody waits',
    ]);
  });
});
