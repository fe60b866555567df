import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import type { Log } from '../../observability/log/log.js';
import { lanesOf } from '../../routing/address-message.js';
import type { Bot } from '../../routing/bot.js';
import { inLanes } from '../../routing/lane-window.js';
import type { Clock } from '../../time/clock.js';
import type { StopReason } from '../backlog/drain-archive-backlog.js';
import { oldestRecords } from '../record/oldest-records.js';
import type { GuardedOutbox, PendingRecord, StoredLetter } from '../record/outbox-store.js';
import { owesTo, type ReviveCopyPorts, reviveCopy } from './revive-copy.js';

export interface ReplayDeadLettersPorts {
  readonly outbox: ReviveCopyPorts['outbox'] & Pick<GuardedOutbox, 'listDeadLetters'>;
  readonly clock: Pick<Clock, 'epochMs' | 'monotonicMs'>;
  readonly log: Log;
}

/** A place in the order of dead letters. */
export type LetterPlace = Pick<PendingRecord, 'time' | 'name'>;

export interface ReplayDeadLettersRequest {
  readonly bot: Pick<Bot, 'name' | 'queue'>;
  /** Counts and changes nothing. */
  readonly dryRun: boolean;
  /** Letters up to this one are passed over; absent: begin with the oldest. */
  readonly after: LetterPlace | undefined;
  /** On the monotonic clock: what is left then is for the next call. */
  readonly untilMs: number;
}

/** What a replay of dead letters did. `after` is where the next call has to begin; absent when it is complete. */
export interface DeadLettersReplay {
  /** Letters that were looked at, whichever bot they belong to. */
  readonly letters: number;
  /** Copies that are owed again; in a dry run those that would be. */
  readonly revived: number;
  /** Letters that stay although they should not: not ours, or storage refuses to change them. */
  readonly stuck: number;
  readonly complete: boolean;
  readonly stoppedBy?: Exclude<StopReason, 'service-bus'>;
  readonly after?: LetterPlace;
  /** Letters not looked at yet, as far as they were listed. */
  readonly left: number;
}

const batchSize = 20_000;
const waveSize = 16;
const callTimeoutMs = 8_000;

type Wave = CallResult<readonly (StoredLetter | 'unreadable' | 'gone')[], ArchiveError>;

const readWave = async ({ outbox }: ReplayDeadLettersPorts, wave: readonly PendingRecord[]): Promise<Wave> => {
  const readings = await Promise.all(wave.map(({ name }) => outbox.readDeadLetter(name, callTimeoutMs)));
  const failed = readings.find((reading) => !reading.ok);
  return failed ?? { ok: true, value: readings.flatMap((reading) => (reading.ok ? [reading.value] : [])) };
};

interface WaveDone {
  readonly revived: number;
  readonly stuck: number;
  /** False: storage failed. */
  readonly ok: boolean;
}

const reviveWave = async (
  { outbox, clock, log }: ReplayDeadLettersPorts,
  { bot, dryRun }: ReplayDeadLettersRequest,
  letters: readonly StoredLetter[],
): Promise<WaveDone> => {
  if (dryRun) return { revived: letters.length, stuck: 0, ok: true };
  let [revived, stuck] = [0, 0];
  let ok = true;
  const copiesOf = ({ letter }: StoredLetter) => letter.owed.filter((copy) => copy.bot === bot.name);
  await inLanes(
    letters,
    (stored) => lanesOf(copiesOf(stored)),
    async (stored) => {
      // What is younger in its session must not be owed before it.
      if (!ok) return;
      const revival = await reviveCopy({ outbox }, { stored, bot, at: new Date(clock.epochMs()).toISOString() });
      if (!revival.ok) {
        ok = false;
        return;
      }
      revived += 1;
      if (revival.value === 'letter-stays') stuck += 1;
      const { id, type, provider, correlationid: correlationId } = stored.letter.attributes;
      log.write('info', 'outbox.revived', { correlationId, id, type, provider, bot: bot.name });
    },
  );
  return { revived, stuck, ok };
};

/**
 * Makes the dead letters of one bot owed again, oldest first: the outbox delivers them in the order in which their events arrived. Other
 * bots' copies stay where they are. Stops when storage fails or its time is up, and says where to go on; repeating it is harmless.
 */
export const replayDeadLetters = async (
  ports: ReplayDeadLettersPorts,
  request: ReplayDeadLettersRequest,
): Promise<DeadLettersReplay> => {
  const { outbox, clock } = ports;
  let { after } = request;
  let [letters, revived, stuck] = [0, 0, 0];
  const stopped = (stoppedBy: 'blob-storage' | 'time-limit', left: number): DeadLettersReplay => ({
    ...{ letters, revived, stuck, complete: false, stoppedBy, left },
    ...(after !== undefined && { after }),
  });
  let isFull: boolean;
  do {
    const query = { after, limit: batchSize, timeoutMs: callTimeoutMs };
    const oldest = await oldestRecords({ list: outbox.listDeadLetters }, query);
    if (!oldest.ok) return stopped('blob-storage', 0);
    const batch = oldest.value;
    isFull = batch.length === batchSize;
    for (let next = 0; next < batch.length; next += waveSize) {
      if (letters > 0 && clock.monotonicMs() >= request.untilMs) return stopped('time-limit', batch.length - next);
      const wave = batch.slice(next, next + waveSize);
      const reading = await readWave(ports, wave);
      if (!reading.ok) return stopped('blob-storage', batch.length - next);
      const found = reading.value.filter((stored) => typeof stored !== 'string');
      const wanted = found.filter(({ letter }) => owesTo(letter, request.bot.name));
      const done = await reviveWave(ports, request, wanted);
      revived += done.revived;
      stuck += done.stuck;
      if (!done.ok) return stopped('blob-storage', batch.length - next);
      letters += wave.length;
      stuck += reading.value.filter((stored) => stored === 'unreadable').length;
      const last = wave.at(-1);
      after = last && { time: last.time, name: last.name };
    }
  } while (isFull);
  return { letters, revived, stuck, complete: true, left: 0 };
};
