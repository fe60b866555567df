import type { ArchiveError } from '../../archive/archive-error.js';
import type { CallResult } from '../../circuit-breaker/call-errors.js';
import type { Bot } from '../../routing/bot.js';
import { type DeadLetter, type OutboxRecord, revivalsOf } from '../record/outbox-record.js';
import type { GuardedOutbox, StoredLetter } from '../record/outbox-store.js';

export interface ReviveCopyPorts {
  readonly outbox: Pick<GuardedOutbox, 'create' | 'readDeadLetter' | 'replaceDeadLetter'>;
}

export interface Revival {
  readonly stored: StoredLetter;
  /** Whose copy is wanted, and where its queue is by the present configuration. */
  readonly bot: Pick<Bot, 'name' | 'queue'>;
  /** RFC 3339 UTC: the copy's age counts from then on. */
  readonly at: string;
}

const callTimeoutMs = 8_000;
/** Commands for other bots may change the same letter meanwhile. */
const maxTries = 5;

/** Whether a dead letter holds a copy of this bot. */
export const owesTo = ({ owed }: OutboxRecord, bot: string): boolean => owed.some((copy) => copy.bot === bot);

const recordOf = ({ stored: { letter }, bot, at }: Revival): OutboxRecord => {
  const { reason: _, deadLetteredAt: __, ...record } = letter;
  return {
    ...record,
    revived: { times: revivalsOf(letter) + 1, at },
    owed: letter.owed
      .filter((copy) => copy.bot === bot.name)
      .slice(0, 1)
      .map((copy) => ({ ...copy, queue: bot.queue, attempts: 0 })),
    history: letter.history.filter((entry) => entry.bot === bot.name),
  };
};

const without = (letter: DeadLetter, bot: string): DeadLetter | undefined => {
  const owed = letter.owed.filter((copy) => copy.bot !== bot);
  return owed.length === 0 ? undefined : { ...letter, owed };
};

/** Another event's letter may have taken the place meanwhile, or this one's when it was given up once more. */
const isSame = (one: DeadLetter, other: DeadLetter): boolean =>
  one.attributes.provider === other.attributes.provider &&
  one.payload.archiveName === other.payload.archiveName &&
  revivalsOf(one) === revivalsOf(other);

/** `letter-stays`: storage does not let it change. The copy is owed all the same, and an arrived one is not sent again. */
const forget = async (
  { outbox }: ReviveCopyPorts,
  { stored: first, bot }: Revival,
): Promise<CallResult<'revived' | 'letter-stays', ArchiveError>> => {
  let stored = first;
  for (let tries = 0; tries < maxTries; tries += 1) {
    const replaced = await outbox.replaceDeadLetter(stored, without(stored.letter, bot.name), callTimeoutMs);
    if (!replaced.ok) {
      const { error } = replaced;
      const isRefused = error.kind === 'operation-failed' && error.cause.code === 'refused';
      return isRefused ? { ok: true, value: 'letter-stays' } : replaced;
    }
    if (replaced.value === 'replaced') return { ok: true, value: 'revived' };
    const reading = await outbox.readDeadLetter(stored.name, callTimeoutMs);
    if (!reading.ok) return reading;
    if (typeof reading.value === 'string') return { ok: true, value: 'revived' };
    const { letter } = reading.value;
    if (!isSame(letter, stored.letter) || !owesTo(letter, bot.name)) return { ok: true, value: 'revived' };
    stored = reading.value;
  }
  return { ok: true, value: 'letter-stays' };
};

/**
 * Makes one bot's copy in a dead letter owed again: a record that owes it alone is durable before the letter forgets it. May be killed
 * in between: repeated, the record that is there stands for its own creation. The letter changes only as it was read, so that
 * commands at the same moment lose none of it.
 */
export const reviveCopy = async (
  ports: ReviveCopyPorts,
  revival: Revival,
): Promise<CallResult<'revived' | 'letter-stays', ArchiveError>> => {
  const created = await ports.outbox.create(recordOf(revival), callTimeoutMs);
  return created.ok ? forget(ports, revival) : created;
};
