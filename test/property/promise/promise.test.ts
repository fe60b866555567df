import { assert, asyncProperty, readConfigureGlobal } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Death } from './life.js';
import { playScenario } from './play-scenario.js';
import { anyScenario, type Dependency, type EventKey, type Send, type Step } from './steps.js';

const numRuns = readConfigureGlobal().numRuns ?? 300;

const event = (id: number, changes: Partial<EventKey> = {}): EventKey => ({
  route: 'github',
  id,
  bytes: 0,
  ...changes,
});

const sendTo = (instance: number, ...events: readonly EventKey[]): Step => ({
  kind: 'send',
  sends: events.map((each) => ({ event: each, instance })),
});
const send = (...events: readonly EventKey[]): Step => sendTo(0, ...events);

const captured = (each: EventKey): Send => ({ event: each, instance: 0, isCaptured: true });

const failing = (dependency: Dependency, how: 'error' | 'hang' = 'error'): Step => ({ kind: 'fail', dependency, how });

const mend: Step = { kind: 'mend' };
const wait = (ms: number): Step => ({ kind: 'wait', ms });
const kill = (calls: number, when: Death['when']): Step => ({ kind: 'kill', instance: 0, death: { calls, when } });

/** Each was once answered with a broken promise. */
const once: Readonly<Record<string, readonly Step[]>> = {
  'the same id on two routes': [send(event(0)), send(event(0, { route: 'github-acme' }))],
  'the same id with other bytes': [send(event(0)), send(event(0, { bytes: 1 }))],
  'an owed event and a later one of its conversation': [failing('service-bus'), send(event(0)), mend, send(event(2))],
  'an event that another instance owes since five seconds': [
    failing('service-bus'),
    send(event(0)),
    mend,
    wait(5_000),
    sendTo(1, event(2)),
  ],
  "an event that one bot's full queue is owed": [failing('ordered-queue'), send(event(0)), mend, send(event(2))],
  'storage and a queue away together': [failing('archive'), failing('ordered-queue'), send(event(0)), send(event(2))],
  'an instance that dies after the archive took the event': [kill(1, 'after'), send(event(0)), send(event(0))],
  'a repeat of what the outbox delivered, after the queues have forgotten it': [
    failing('service-bus'),
    send(event(0)),
    mend,
    wait(60_000),
    { kind: 'drain', instance: 0 },
    wait(90_000_000),
    sendTo(1, event(0)),
  ],
  'what the last resort was no longer needed for, long after': [
    send(event(0)),
    send(event(0), event(0), event(0)),
    failing('outbox', 'hang'),
    { kind: 'drain', instance: 0 },
    send(event(0, { route: 'github-acme' }), event(0)),
    { kind: 'drain', instance: 0 },
    wait(90_000_000),
  ],
  'a repeat to an instance that was idle while another delivered it, a day before': [
    failing('service-bus'),
    sendTo(1, event(0)),
    mend,
    { kind: 'drain', instance: 0 },
    wait(90_000_000),
    sendTo(1, event(0)),
  ],
  'a repeat of what waits in the backlog before something later': [
    failing('archive'),
    failing('ordered-queue'),
    send(event(0)),
    send(event(2)),
    mend,
    send(event(0)),
  ],
  'two in quarantine, the first by way of the backlog': [
    failing('vault', 'hang'),
    failing('quarantine'),
    send(event(0)),
    mend,
    send(event(2)),
  ],
  'a repeat in quarantine of what another instance had there and delivered a day before': [
    sendTo(1, event(0)),
    failing('vault'),
    send(event(1)),
    { kind: 'drain', instance: 1 },
    send(event(1)),
    wait(90_000_000),
  ],
  'a captured delivery of what was accepted': [send(event(0)), { kind: 'send', sends: [captured(event(0))] }],
  'a captured delivery of what waits in the outbox': [
    failing('service-bus'),
    send(event(0)),
    mend,
    { kind: 'send', sends: [captured(event(0))] },
  ],
  'an event in the backlog, whose queue is well again before storage is, and a later one': [
    failing('archive'),
    failing('ordered-queue'),
    send(event(0)),
    { kind: 'mend', dependency: 'ordered-queue' },
    wait(35_000),
    send(event(2)),
    mend,
  ],
  'a record that cannot be removed for longer than queues remember': [
    failing('service-bus'),
    send(event(0)),
    { kind: 'mend', dependency: 'service-bus' },
    failing('removing'),
    wait(60_000),
    { kind: 'drain', instance: 0 },
    wait(90_000_000),
    { kind: 'drain', instance: 1 },
  ],
  'an event that its bots have and no store takes': [failing('archive'), failing('backlog'), send(event(0)), mend],
  'what goes to the backlog behind what another instance owes, whose clock is ahead': [
    { kind: 'stumble', times: 1 },
    send(event(0)),
    sendTo(1, event(0, { bytes: 1 })),
    failing('archive'),
    sendTo(1, event(0, { route: 'github-acme' })),
    mend,
  ],
  'a repeat that is written down before its first delivery comes out of the backlog': [
    { kind: 'stumble', times: 1 },
    failing('archive'),
    sendTo(1, event(0)),
    mend,
    sendTo(1, event(0, { bytes: 1 })),
    sendTo(0, event(0)),
  ],
  'a queue that refuses the first of three owed events and takes the second': [
    failing('service-bus'),
    send(event(0)),
    send(event(2)),
    send(event(4)),
    mend,
    wait(60_000),
    { kind: 'stumble', times: 1 },
    { kind: 'drain', instance: 0 },
    wait(1_000),
    { kind: 'drain', instance: 0 },
  ],
  'an owed event of an instance whose clock is hours ahead, and a later one': [
    failing('service-bus'),
    sendTo(1, event(0)),
    wait(6_000),
    sendTo(0, event(2)),
    mend,
  ],
  'a repeat after the queues have forgotten it': [send(event(0)), wait(90_000_000), send(event(0))],
};

describe('promise: two instances', () => {
  test.each(Object.entries(once))('%s: every bot gets it once, whole and in order', async (_, steps) => {
    for (const defers of [false, true]) {
      for (const aheadMs of [0, 7_200_000, -7_200_000]) {
        expect(await playScenario({ defers, aheadMs, steps })).toEqual([]);
      }
    }
  });

  test('whatever is sent, fails and dies in whatever order, every bot gets what was kept: once, whole and in order', async () => {
    await assert(
      asyncProperty(anyScenario, async (scenario) => {
        expect(await playScenario(scenario)).toEqual([]);
      }),
      { numRuns },
    );
  });
});
