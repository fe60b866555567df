import type { CallResult } from '../circuit-breaker/call-errors.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Log } from '../observability/log/log.js';
import { burstQueueOf } from '../routing/bot.js';
import { QueueError } from '../routing/queue-error.js';
import type { GuardedSend } from '../routing/route-event.js';
import type { Clock } from '../time/clock.js';
import { decodeState, encodeState, judgeBurst } from './burst.js';
import type { BurstSource, HeldSession } from './burst-source.js';
import type { CoalescingBot } from './coalescing-queue.js';

export interface DrainBurstsPorts {
  readonly bots: readonly CoalescingBot[];
  readonly source: BurstSource;
  /** Before every call but a send, and but the question for a session, to which silence is an answer. */
  readonly serviceBus: GuardedCall<unknown, QueueError> & { readonly isHealthy: boolean };
  /** To the bot's own queue. */
  readonly send: GuardedSend;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
}

/** Sends on what is over, until `untilMs` of the monotonic clock. Never rejects because Service Bus fails. */
export type DrainBursts = (untilMs: number) => Promise<void>;

const timeoutMs = 5_000;
/** One after another in the time of a call. */
const completedAtOnce = 50;
/** Sessions that are worked on side by side. */
const atOnce = 4;

class Failed extends Error {
  override readonly name = 'Failed';
}

const valueIn = <T>(result: CallResult<T, QueueError>): T => {
  if (result.ok) return result.value;
  throw new Failed(result.error.kind);
};

/**
 * Ends bursts: each session of which something is due is held, judged, and either remembered or sent on. In this order: what stands for
 * events is durable before they are taken out, and the newest is taken out last. So a kill between any two steps leaves either all that is
 * needed to send it again, under the same id, or nothing to send.
 */
export const createDrainBursts = ({ bots, source, serviceBus, send, clock, log }: DrainBurstsPorts): DrainBursts => {
  const ask = async <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    valueIn(await serviceBus.call(work, { timeoutMs }));

  const endBurst = async ({ queue, coalesce }: CoalescingBot, session: HeldSession): Promise<boolean> => {
    const state = decodeState(await ask((signal) => session.readState(signal)));
    const waiting = await ask((signal) => session.waiting(signal));
    const verdict = judgeBurst(state, waiting, coalesce);
    if (verdict.kind === 'nothing-due') return false;
    if (verdict.kind === 'ends') valueIn(await send(queue, verdict.message, timeoutMs));
    const next = verdict.kind === 'ends' ? undefined : encodeState(verdict.state);
    await ask((signal) => session.writeState(next, signal));
    for (let left = verdict.due; left > 0; left -= completedAtOnce)
      await ask((signal) => session.complete(Math.min(left, completedAtOnce), signal));
    return verdict.kind === 'ends';
  };

  const nextOf = async ({ queue }: CoalescingBot): Promise<HeldSession | undefined> => {
    try {
      return await source.next(burstQueueOf(queue), AbortSignal.timeout(timeoutMs));
    } catch (thrown) {
      throw thrown instanceof QueueError ? new Failed(thrown.code) : thrown;
    }
  };

  /** Session after session, until there is none, or one comes again: then it is for the next run. */
  const drainBot = async (subscriber: CoalescingBot, untilMs: number): Promise<void> => {
    const startedMs = clock.monotonicMs();
    const seen = new Set<string>();
    let isOver = false;
    let sent = 0;
    let failed = 0;
    const workers: Promise<void>[] = [];
    const drainNext = async (): Promise<void> => {
      const session = await nextOf(subscriber);
      isOver ||= session === undefined || seen.has(session.sessionId);
      if (session === undefined) return;
      if (!isOver && workers.length < atOnce) workers.push(work());
      const isNew = !seen.has(session.sessionId);
      seen.add(session.sessionId);
      try {
        if (isNew && (await endBurst(subscriber, session))) sent += 1;
      } finally {
        await session.close();
      }
    };
    const work = async (): Promise<void> => {
      while (!isOver && clock.monotonicMs() < untilMs) {
        try {
          await drainNext();
        } catch (thrown) {
          if (!(thrown instanceof Failed)) throw thrown;
          failed += 1;
          isOver = true;
        }
      }
    };
    workers.push(work());
    for (const worker of workers) await worker;
    const durationMs = Math.round(clock.monotonicMs() - startedMs);
    const { name: bot } = subscriber;
    if (failed > 0) log.write('warn', 'bursts.sent', { bot, sent, failed, durationMs });
    else if (sent > 0) log.write('info', 'bursts.sent', { bot, sent, failed, durationMs });
  };

  return async (untilMs) => {
    if (serviceBus.isHealthy) await Promise.all(bots.map((bot) => drainBot(bot, untilMs)));
  };
};
