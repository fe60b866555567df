import type { Arrival } from './arrivals.js';
import { worldBots } from './bots.js';
import type { Attempt } from './sent-book.js';
import { duplicateWindowMs, type World } from './world.js';
import { bodyOf, conversationOf, keyOf, saysWhen } from './world-events.js';

/** By when every instance knows what another owes. */
const knownElsewhereMs = 5_000;
const rememberedMs = 8 * 86_400_000;

interface Copy extends Arrival {
  readonly key: string;
}

const copiesAt = (world: World, queue: string, attempts: readonly Attempt[]): readonly Copy[] => {
  const events = new Map(attempts.map(({ send: { event } }) => [keyOf(event), event]));
  return world.arrivals.at(queue).map((arrival) => {
    const provider = arrival.message.applicationProperties['provider'];
    const found = [...events].find(
      ([, event]) => event.route === provider && arrival.message.body.includes(bodyOf(event)),
    );
    return { ...arrival, key: found?.[0] ?? 'altered' };
  });
};

const missing = (copies: readonly Copy[], attempts: readonly Attempt[]): readonly string[] => {
  const held = new Set(copies.map(({ key }) => key));
  const kept = new Set(attempts.filter((attempt) => attempt.kept).map(({ send }) => keyOf(send.event)));
  return [...kept].filter((key) => !held.has(key)).map((key) => `${key} is missing`);
};

/**
 * For how long a copy is not followed by another: eight days when the outbox delivered it, and storage could tell of it. What comes out of
 * quarantine goes the ordinary way.
 */
const onceForMs = (world: World, copy: Copy, nextMs: number, same: readonly Attempt[]): number =>
  copy.byTimer && !same.some(({ quarantined }) => quarantined) && !world.wasStorageFailing(copy.atMs, nextMs)
    ? rememberedMs
    : duplicateWindowMs;

const halfADayMs = 12 * 3_600_000;

/**
 * Whether a captured delivery may be taken for a genuine one: it came to a process that does not know the body, which is sure to know
 * what it accepted itself, while that said when it was.
 */
const mayPass = (captured: Attempt, same: readonly Attempt[]): boolean =>
  captured.quarantined ||
  !saysWhen(captured.send.event) ||
  !same.some(
    ({ kept, quarantined, life, step, sentMs }) =>
      kept && !quarantined && life === captured.life && step < captured.step && sentMs <= halfADayMs,
  );

const capturedOf = (key: string, attempts: readonly Attempt[]): readonly Attempt[] => {
  const same = attempts.filter(({ send }) => keyOf(send.event) === key);
  return same.filter((attempt) => attempt.send.isCaptured === true && mayPass(attempt, same));
};

/** A copy more is allowed only when the sender sent it once more, and the copy before had been forgotten. */
const doubled = (world: World, copies: readonly Copy[], attempts: readonly Attempt[]): readonly string[] =>
  [...Map.groupBy(copies, ({ key }) => key)].flatMap(([key, same]) =>
    same
      .slice(1)
      .flatMap(({ atMs }, index) => {
        const before = same[index];
        if (before === undefined) return [];
        const sends = attempts.filter(({ send, sentMs }) => keyOf(send.event) === key && sentMs <= atMs);
        const sent = sends.length;
        const isForgotten = atMs - before.atMs >= onceForMs(world, before, atMs, sends);
        return sent >= index + 2 && isForgotten ? [] : [`${key} came again after ${atMs - before.atMs} ms`];
      })
      .slice(capturedOf(key, attempts).length),
  );

/** The first of a key that was kept, and all of them. What somebody else sent as well has no place. */
const orderOf = (attempts: readonly Attempt[]) =>
  [...Map.groupBy(attempts, ({ send }) => keyOf(send.event))]
    .filter(([key]) => capturedOf(key, attempts).length === 0)
    .map(([key, same]) => ({
      key,
      conversation: same.map(({ send }) => conversationOf(send.event))[0],
      all: same,
      kept: same.find((attempt) => attempt.kept),
    }));

/** As `docs/outbox.md` guarantees it: always on one instance; on another after five seconds, if storage tells of it. */
const isBefore = (world: World, one: Attempt, other: Attempt): boolean => {
  if (one.step >= other.step || one.quarantined !== other.quarantined) return false;
  // What waits in quarantine is taken provider by provider, by the clock of the instance that it came to.
  if (one.quarantined && one.send.event.route !== other.send.event.route) return false;
  if (one.quarantined && world.aheadMs !== 0 && one.send.instance !== other.send.instance) return false;
  if (one.life === other.life) return true;
  return one.endedMs + knownElsewhereMs <= other.sentMs && !world.wasStorageFailing(one.sentMs, other.endedMs);
};

const misordered = (world: World, copies: readonly Copy[], attempts: readonly Attempt[]): readonly string[] => {
  const place = new Map(copies.map(({ key }, index) => [key, index] as const).toReversed());
  const events = orderOf(attempts);
  return events.flatMap(({ key, conversation, kept }) =>
    events.flatMap((later) => {
      if (kept === undefined || later.conversation !== conversation) return [];
      const mine = place.get(key);
      const other = place.get(later.key);
      if (mine === undefined || other === undefined) return [];
      // Sent to two instances at once, it may travel by the one that knows of nothing owed.
      if (!later.all.every((attempt) => isBefore(world, kept, attempt))) return [];
      return other < mine ? [`${later.key} overtook ${key}`] : [];
    }),
  );
};

const intruders = (copies: readonly Copy[]): readonly string[] =>
  copies.filter(({ key }) => key === 'altered').map(({ message }) => `${message.body} was never sent`);

/** What was kept lies in the archive, byte for byte. */
const unarchived = async (world: World, attempts: readonly Attempt[]): Promise<readonly string[]> => {
  const names = world.archive.names();
  const stored = await Promise.all(names.map((name) => world.archive.read(name, AbortSignal.timeout(1_000))));
  const held = new Set(stored.map((each, index) => `${names[index]?.split('/')[0]} ${each?.body}`));
  const kept = attempts.filter((attempt) => attempt.kept).map(({ send: { event } }) => event);
  return kept
    .filter((event) => !held.has(`${event.route} ${bodyOf(event)}`))
    .map((event) => `archive: ${keyOf(event)} is missing`);
};

/** Every promise that was broken, for people; empty when all were kept. */
export const brokenPromises = async (world: World, attempts: readonly Attempt[]): Promise<readonly string[]> => [
  ...(await unarchived(world, attempts)),
  ...Object.values(worldBots).flatMap(({ name, queue, ordered }) => {
    const copies = copiesAt(world, queue, attempts);
    return [
      ...missing(copies, attempts),
      ...doubled(world, copies, attempts),
      ...intruders(copies),
      ...(ordered ? misordered(world, copies, attempts) : []),
    ].map((what) => `${name}: ${what}`);
  }),
];
