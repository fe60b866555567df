import type { RunRequest } from './read-request.js';
import type { SideResult } from './run-availability.js';
import type { CallRate } from './traffic/count-calls.js';

/** What is measured together, and the limits that it has to keep. */
export const suiteNames = ['seeds', 'alone', 'dead', 'shards'] as const;
export type SuiteName = (typeof suiteNames)[number];

/** Where the table of a suite stands in a page. */
export const marksOf = (suite: SuiteName | undefined): string =>
  suite === undefined || suite === 'seeds' ? 'availability' : `availability-${suite}`;

const stores = ['blob-storage', 'service-bus'] as const;
const faults = ['refuse', 'hang', 'slow:400', 'slow:2100'] as const;
const secrets = ['vault', 'fallback', 'cold'] as const;

/** One run of a suite, in the words of the command's options. */
export interface SuiteRun {
  readonly title: string;
  readonly fault: readonly string[];
  readonly secret: string;
}

/** Each dependency alone, in each way; Key Vault with a cached secret, with the fallback, and cold. */
const alone: readonly SuiteRun[] = [
  ...stores.flatMap((store) =>
    faults.map((fault) => ({ title: `${store} ${fault}`, fault: [`${store}:${fault}`], secret: 'fallback' })),
  ),
  ...secrets.flatMap((secret) =>
    faults.map((fault) => ({ title: `key-vault ${fault}, secret: ${secret}`, fault: [`key-vault:${fault}`], secret })),
  ),
];

/** Connections that a machine refuses come to nobody who could count them: they are reset instead. */
const dead: readonly SuiteRun[] = ['reset', 'hang'].map((fault) => ({
  title: `both stores ${fault}`,
  fault: stores.map((store) => `${store}:${fault}`),
  secret: 'fallback',
}));

/** Of two accounts and two namespaces the second ones fail, each alone and both at once. */
const shards: readonly SuiteRun[] = [
  ['service-bus:refuse'],
  ['service-bus:hang'],
  ['blob-storage:refuse'],
  ['blob-storage:hang'],
  ['service-bus:hang', 'blob-storage:hang'],
].map((fault) => ({ title: fault.map((each) => each.replace(':', ':2 ')).join(' and '), fault, secret: 'fallback' }));

export const suiteRuns = { alone, dead, shards } as const;

/** Tries of the SDK for one call, and how many failures open the breaker, how many probes pass in each cool-down of 30 s. */
const triesOf: Readonly<Record<string, number>> = { 'blob-storage': 3, 'service-bus': 6 };
const mostProbes = 5;
const coolDownSeconds = 30;

/** What docs/architecture.md states for one instance: through the gate, and through the breaker, each call with all tries. */
export const boundPerSecond = (service: string, seconds: number): number => {
  const gate = 64 + 1 + 2 * seconds;
  const breaker = 5 + mostProbes * Math.ceil(seconds / coolDownSeconds);
  return ((gate + breaker) * (triesOf[service] ?? 1)) / seconds;
};

const least = 0.999;
const slowestMs = 9_000;

const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole);

/** Whoever a kill cut off can get no answer any more: those count by whether they reach every bot. */
const listenedTo = ({ kills, sent, heard }: SideResult): number => (kills === 0 ? sent : heard);

const callsWithin = (calls: readonly CallRate[], seconds: number): readonly string[] =>
  calls
    .filter(({ service, connections }) => connections.mean > boundPerSecond(service, seconds))
    .map(({ service, connections }) => `${service}: ${connections.mean.toFixed(1)} connections a second`);

/** What of the limits a result does not keep; empty: PASS. By hand nothing was promised. */
export const broken = (
  { suite, plan: { seconds } }: Pick<RunRequest, 'suite'> & { readonly plan: { readonly seconds: number } },
  result: SideResult,
): readonly string[] => {
  if (result.side !== 'Breakwater' || suite === undefined) return [];
  const checks: Record<SuiteName, readonly (readonly [boolean, string])[]> = {
    seeds: [
      [share(result.reached, result.sent) >= least, 'fewer than 99.9 % reached every bot'],
      [share(result.answered2xx, listenedTo(result)) >= least, 'fewer than 99.9 % were answered 2xx in time'],
    ],
    alone: [
      [result.kept === result.sent, 'not all were kept'],
      [result.reached === result.sent, 'not all reached every bot'],
    ],
    dead: [
      // One delivery comes before they fail.
      [result.answered2xx <= 1, 'something was acknowledged'],
      ...callsWithin(result.calls, seconds).map((text) => [false, text] as const),
    ],
    shards: [
      [result.shards?.noticed.length === 0, 'events of the other shard noticed it'],
      [result.shards?.misplaced.length === 0, 'copies lie in another shard than theirs'],
    ],
  };
  const always: readonly (readonly [boolean, string])[] = [
    [result.acknowledgedLost.length === 0, 'something acknowledged was lost'],
    [result.doubled.length + result.altered.length + result.intruders.length === 0, 'doubled, altered or invented'],
    [result.outOfOrder.length === 0, 'out of order'],
    [result.endedByItself === 0, 'an instance ended by itself'],
    [result.slowestMs < slowestMs, 'an answer took 9 s or more'],
    [result.drainedAfterSeconds !== undefined, 'something stayed owed'],
  ];
  return [...checks[suite], ...always].flatMap(([isKept, text]) => (isKept ? [] : [text]));
};
