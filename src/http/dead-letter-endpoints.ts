import { type ReplayDeadLettersPorts, replayDeadLetters } from '../outbox/replay/replay-dead-letters.js';
import type { Bot } from '../routing/bot.js';
import { invalidReplay } from './event-endpoints.js';
import type { CarryOut } from './operator-endpoint.js';
import { encodePlace, readReplayDead } from './read-replay.js';

export interface DeadLetterEndpointPorts extends ReplayDeadLettersPorts {
  readonly bots: readonly Pick<Bot, 'name' | 'queue'>[];
}

/** Short, so that whoever works off many sees how far it has come. */
const timeLimitMs = 15_000;

/**
 * `POST dead-letters/replay`: makes the copies of one bot that were given up owed again, oldest first. Answers how far it came: `after`
 * goes into the next call's body.
 */
export const createReplayDeadLetters =
  ({ bots, ...ports }: DeadLetterEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const reading = await readReplayDead(request, { bots: bots.map(({ name }) => name) });
    if (!reading.ok) return invalidReplay(reading.errors, correlationId);
    const { bot: name, dryRun, after: begin } = reading.value;
    const bot = bots.find((one) => one.name === name) ?? { name, queue: name };
    const untilMs = ports.clock.monotonicMs() + timeLimitMs;
    const { after, ...report } = await replayDeadLetters(ports, { bot, dryRun, after: begin, untilMs });
    const place = after === undefined ? {} : { after: encodePlace(after) };
    const { letters: events, revived: sent, complete } = report;
    return {
      reply: { status: 200, jsonBody: { bot: name, dryRun, ...report, ...place } },
      audit: { outcome: 'done', bot: name, dryRun, events, sent, complete },
    };
  };
