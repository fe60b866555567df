import type { ShardName } from '../shards/shard-of.js';
import type { Clock } from '../time/clock.js';
import type { ListedLanes, ReadListedLanes } from './read-listed-lanes.js';

/** One account's outbox, as far as the order of deliveries looks at it. */
export interface AccountLanes {
  readonly name: ShardName;
  readonly read: ReadListedLanes;
  /** Storage that fails is not asked. */
  readonly circuit: { readonly isHealthy: boolean };
}

/** So long the others wait for an account that is slow; what it answers later counts for the next look. */
const patienceMs = 250;
const lookTimeoutMs = 30_000;

/** The looks at one account, one at a time, and what the last one that succeeded found. */
class Account {
  readonly name: ShardName;
  readonly #account: AccountLanes;
  readonly #clock: Pick<Clock, 'startTimer'>;
  #known: ListedLanes = new Map();
  #looking: Promise<boolean> | undefined;

  constructor(account: AccountLanes, clock: Pick<Clock, 'startTimer'>) {
    this.name = account.name;
    this.#account = account;
    this.#clock = clock;
  }

  get known(): ListedLanes {
    return this.#known;
  }

  /** Whether a look that begins now succeeds. One that is under way already may have begun too early to tell of everything. */
  async look(): Promise<boolean> {
    if (this.#looking !== undefined || !this.#account.circuit.isHealthy) return false;
    this.#looking = this.#read();
    return this.#looking;
  }

  async #read(): Promise<boolean> {
    const controller = new AbortController();
    const cancel = this.#clock.startTimer(lookTimeoutMs, () => controller.abort());
    try {
      this.#known = (await this.#account.read(controller.signal)).lanes;
      return true;
    } catch {
      return false;
    } finally {
      cancel();
      this.#looking = undefined;
    }
  }
}

/**
 * The lanes that any account's outbox owes something. What is known of an account that fails or hangs stays known, and holds up no
 * look at the others. Throws when none of them answered.
 */
export const allListedLanes = (
  accounts: readonly [AccountLanes, ...AccountLanes[]],
  clock: Pick<Clock, 'startTimer'>,
): ReadListedLanes => {
  const [first, ...others] = accounts;
  if (others.length === 0) return first.read;
  const all = accounts.map((account) => new Account(account, clock));
  return async () => {
    const { promise: patience, resolve } = Promise.withResolvers<false>();
    const cancel = clock.startTimer(patienceMs, () => resolve(false));
    const answers = await Promise.all(all.map((account) => Promise.race([account.look(), patience])));
    cancel();
    const silent = new Set(all.filter((_, index) => answers[index] !== true).map(({ name }) => name));
    if (silent.size === all.length) throw new Error('No account has answered');
    const lanes = new Map<string, string>();
    for (const { known } of all) {
      for (const [lane, time] of known) if ((lanes.get(lane) ?? '') < time) lanes.set(lane, time);
    }
    return { lanes, silent };
  };
};
