import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { audit, faultsIn, type Holdings, isClean } from '../../soak/books/audit.js';
import type { ShardedInbox } from '../../soak/books/read-stores.js';
import { archiveHolder, Register } from '../../soak/books/register.js';
import type { SoakEvent, SoakStep } from '../../soak/plan/soak-plan.js';
import { botsFor, soakBots } from '../../soak/traffic/soak-bots.js';
import { bodyOf } from '../../soak/traffic/soak-providers.js';

const eventOf = (number: number): SoakEvent => ({
  key: `event-${number}`,
  id: `event-${number}`,
  deliveryId: `event-${number}`,
  number,
  provider: 'github',
  lane: 1,
  conversation: 1,
  fillerBytes: 0,
});

const events = [eventOf(0), eventOf(1), eventOf(2)];

const stepOf = (event: SoakEvent, kind: SoakStep['kind'] = 'first'): SoakStep => ({
  kind,
  event,
  copies: 1,
  tries: 1,
  pauseMs: 0,
});

const hashOf = (event: SoakEvent): string => createHash('sha256').update(bodyOf(event)).digest('hex');

type ReceivedCopy = ShardedInbox['received'][number];

const received = (event: SoakEvent, shard = 0): ReceivedCopy => ({
  id: event.id,
  sha256: hashOf(event),
  sessionId: 'session',
  shard,
});

/** A register in which every event was accepted at once and routed to everyone. */
const accepting = (deferred = false, lifeOf: (event: SoakEvent) => number = () => 1): Register => {
  const register = new Register();
  for (const event of events) {
    const routedTo = deferred ? [] : botsFor(event).map(({ name }) => name);
    const step = stepOf(event);
    register.note({
      step,
      life: lifeOf(event),
      isFirstTry: true,
      accepted: true,
      deferred,
      routedTo,
      troubled: false,
      text: '',
    });
  }
  return register;
};

/** Everyone holds everything, but for what a test changes for the bot `merge-warden` or the archive. */
const holdings = (changes: Partial<Record<'archive' | 'mergeWarden', readonly ReceivedCopy[]>> = {}): Holdings => {
  const all = events.map((event) => received(event));
  return {
    archive: changes.archive ?? all,
    inboxes: soakBots.map((bot) => ({
      bot,
      received: bot.name === 'merge-warden' ? (changes.mergeWarden ?? all) : all,
    })),
    owed: [],
    dead: [],
  };
};

const wrongIn = (held: Holdings, register = accepting()): Readonly<Record<string, unknown>> => {
  const audited = audit(register, held);
  const found = [...faultsIn(audited)].filter(([, entries]) => entries.length > 0);
  expect(isClean(audited)).toBe(found.length === 0);
  return Object.fromEntries(found);
};

const [first = eventOf(0), second = eventOf(1), third = eventOf(2)] = events;
const atMergeWarden = (event: SoakEvent) => [{ id: event.key, holder: 'merge-warden' }];
const owedTo = (holder: string, event: SoakEvent) => ({ id: event.id, sha256: hashOf(event), holder });

describe('soak ledger', () => {
  it('is clean when the archive and every bot hold each event once, whole and in order', () => {
    expect(wrongIn(holdings())).toEqual({});
  });

  it('fails for an accepted event that a bot never got', () => {
    expect(wrongIn(holdings({ mergeWarden: [received(first), received(third)] }))).toEqual({
      lost: atMergeWarden(second),
    });
  });

  it('fails for an accepted event that the archive does not hold', () => {
    expect(wrongIn(holdings({ archive: [received(first), received(third)] }))).toEqual({
      lost: [{ id: second.id, holder: archiveHolder }],
    });
  });

  it('counts what the outbox or the backlog owe as held while the soak runs', () => {
    const held = holdings({ archive: [], mergeWarden: [received(first), received(third)] });
    const toArchive = events.map((event) => owedTo(archiveHolder, event));

    expect(wrongIn({ ...held, owed: [...toArchive, owedTo('merge-warden', second)] })).toEqual({});
    expect(wrongIn({ ...held, owed: toArchive })).toEqual({ lost: atMergeWarden(second) });
  });

  it('fails for an event that a bot got twice', () => {
    const twice = [received(first), received(second), received(third), received(second)];

    expect(wrongIn(holdings({ mergeWarden: twice }))).toMatchObject({ duplicate: atMergeWarden(second) });
  });

  it('fails for a payload that is not the one sent, in a message or in the archive', () => {
    const altered = { ...received(second), sha256: hashOf(third) };
    const rest = [received(first), altered, received(third)];

    expect(wrongIn(holdings({ mergeWarden: rest }))).toEqual({ altered: atMergeWarden(second) });
    expect(wrongIn(holdings({ archive: rest }))).toEqual({ altered: [{ id: second.id, holder: archiveHolder }] });
  });

  it('a payload that lies in the archive under two days counts once, other bytes beside it do not', () => {
    const all = events.map((event) => received(event));

    expect(wrongIn(holdings({ archive: [...all, received(second)] }))).toEqual({});
    expect(wrongIn(holdings({ archive: [...all, { ...received(second), sha256: 'other' }] }))).toMatchObject({
      altered: [{ id: second.id, holder: archiveHolder }],
    });
  });

  it('fails for an event that an ordered bot got after a later one', () => {
    const swapped = holdings({ mergeWarden: [received(first), received(third), received(second)] });

    expect(wrongIn(swapped)).toEqual({ 'out of order': atMergeWarden(second) });
  });

  it('fails for an event that was owed and overtaken by one of the same process, not by one of another', () => {
    const swapped = holdings({ mergeWarden: [received(first), received(third), received(second)] });
    const killedBetween = accepting(true, ({ number }) => (number < 2 ? 1 : 2));

    expect(wrongIn(swapped, accepting(true))).toEqual({ 'out of order': atMergeWarden(second) });
    expect(wrongIn(swapped, killedBetween)).toEqual({});
  });

  it('fails likewise where senders were told to come again, and the outbox owed it since', () => {
    const register = new Register();
    for (const event of events) {
      const note = { step: stepOf(event), life: 1, routedTo: [], troubled: true, text: '' };
      register.note({ ...note, isFirstTry: true, accepted: false, deferred: true });
      register.note({ ...note, isFirstTry: false, accepted: true, deferred: false });
    }

    const swapped = holdings({ mergeWarden: [received(first), received(third), received(second)] });

    expect(wrongIn(swapped, register)).toEqual({ 'out of order': atMergeWarden(second) });
  });

  it('tells events of the same id by their bytes, and misses each of them', () => {
    const register = accepting();
    const conflict = { ...eventOf(3), key: 'event-1 as 3', id: second.id };
    const routedTo = botsFor(conflict).map(({ name }) => name);
    const step = stepOf(conflict);
    register.note({
      step,
      life: 1,
      isFirstTry: true,
      accepted: true,
      deferred: false,
      routedTo,
      troubled: false,
      text: '',
    });
    const all = [...events, conflict].map((event) => received(event));
    const held: Holdings = { ...holdings({ archive: all }), inboxes: soakBots.map((bot) => ({ bot, received: all })) };

    expect(wrongIn(held, register)).toEqual({});
    expect(wrongIn({ ...held, archive: events.map((event) => received(event)) }, register)).toEqual({
      lost: [{ id: conflict.key, holder: archiveHolder }],
    });
    expect(wrongIn({ ...held, archive: [...all, received(conflict)] }, register)).toEqual({});
  });

  it('fails when a conversation is spread over two sessions, or comes without one', () => {
    const elsewhere = { ...received(second), sessionId: 'another' };
    const nowhere = { ...received(first), sessionId: undefined };

    expect(wrongIn(holdings({ mergeWarden: [received(first), elsewhere, received(third)] }))).toMatchObject({
      'out of order': [atMergeWarden(second)[0], atMergeWarden(third)[0]],
    });
    expect(wrongIn(holdings({ mergeWarden: [nowhere, received(second), received(third)] }))).toHaveProperty(
      'out of order',
    );
  });

  it('fails for what nobody sent, for a forgery that was accepted and for a copy that was given up', () => {
    const stranger = { ...received(first), id: 'stranger' };
    const register = accepting();

    expect(wrongIn(holdings({ mergeWarden: [...events.map((event) => received(event)), stranger] }))).toEqual({
      intruder: [{ id: 'stranger', holder: 'merge-warden' }],
    });
    expect(wrongIn({ ...holdings(), dead: [owedTo('merge-warden', second)] })).toEqual({
      'dead-lettered': atMergeWarden(second),
    });
    register.note({
      step: stepOf(first, 'forged'),
      life: 1,
      isFirstTry: false,
      accepted: true,
      deferred: false,
      routedTo: [],
      troubled: false,
      text: '',
    });
    expect(isClean(audit(register, holdings()))).toBe(false);
  });

  it('an event that was never accepted is missed by nobody, and may be held all the same', () => {
    const register = new Register();
    const refusal = {
      life: 1,
      isFirstTry: true,
      accepted: false,
      deferred: false,
      routedTo: [],
      troubled: true,
      text: '503',
    };
    for (const event of events) register.note({ step: stepOf(event), ...refusal });

    expect(wrongIn(holdings({ archive: [], mergeWarden: [received(second)] }), register)).toEqual({});
  });

  it('of two shards, tells the events that lie wholly where no store failed, and which of them heard of one that did', () => {
    const register = accepting();
    const note = {
      life: 1,
      isFirstTry: false,
      accepted: true,
      deferred: false,
      routedTo: [],
      troubled: true,
      text: '',
    };
    for (const event of [second, third]) register.note({ step: stepOf(event, 'again'), ...note });
    const held = holdings({ archive: [received(first), received(second), received(third, 1)] });

    expect(audit(register, held, 1).apart).toEqual({ events: 2, noticed: [second.key] });
    expect(audit(register, held).apart).toEqual({ events: 0, noticed: [] });
  });
});
