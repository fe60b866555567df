import fc from 'fast-check';
import { arbitraryPlan } from './plan/arbitrary-plan.js';
import type { FuzzPlan } from './plan/fuzz-plan.js';
import { buildRequest } from './request/build-request.js';
import { sendRaw } from './request/send-raw.js';
import { toCurl } from './request/to-curl.js';
import { everySecret, type FuzzedSender, fuzzedSenders } from './stack/fuzzed-senders.js';
import { judgeLog } from './verdict/judge-log.js';
import { judgeReply } from './verdict/judge-reply.js';
import { changedSeries, metricSeries } from './verdict/metric-series.js';

export interface FuzzOptions {
  readonly hostUrl: URL;
  /** Everything that the host has printed so far. */
  readonly log: () => string;
  readonly seed: number;
  readonly seconds: number;
  /** Ends it earlier than that; absent: as many as there is time for. */
  readonly mostRequests?: number;
  /** Ends it with what it has found so far. */
  readonly signal?: AbortSignal | undefined;
  readonly onRequest?: (requests: number) => void;
}

export interface FuzzResult {
  readonly requests: number;
  readonly slowestMs: number;
  /** How often each status came back. */
  readonly statuses: ReadonlyMap<number, number>;
  /** What was found, each with all that is needed to see it again; empty when all is well. */
  readonly faults: readonly string[];
}

const plainPlan = (sender: number): FuzzPlan => ({
  sender,
  sample: 0,
  bodyEdits: [],
  signsEdits: true,
  headerEdits: [],
  target: { kind: 'own', query: '' },
  from: [0, 0, 1],
});

/** One good delivery of each sender, one forged and one for nobody: every series there will ever be is there afterwards. */
const warmUp = async (hostUrl: URL, senders: readonly FuzzedSender[]): Promise<void> => {
  const forged = { bodyEdits: [], headerEdits: [{ kind: 'set', at: 0, value: 'text/plain' }] } as const;
  const nobody = { target: { kind: 'other', method: 'POST', path: '/api/webhooks/nobody' } } as const;
  for (const index of senders.keys()) {
    const plain = plainPlan(index);
    for (const plan of [plain, { ...plain, ...forged }, { ...plain, ...nobody }]) {
      await sendRaw(hostUrl, buildRequest(plan, senders));
    }
  }
};

const describeFault = (details: fc.RunDetails<[FuzzPlan]>, reproduction: string): string =>
  [
    `${details.errorInstance instanceof Error ? details.errorInstance.message : 'It failed'} (seed ${details.seed}, path ${details.counterexamplePath}, shrunk ${details.numShrinks} times)`,
    reproduction,
  ].join('\n');

const whenAborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

/** Sends made-up requests for as long as it is told, and says what came back that should not have. Never throws for a fault. */
export const runFuzz = async (options: FuzzOptions): Promise<FuzzResult> => {
  const { hostUrl, log, seed, seconds, mostRequests = 1e9, signal, onRequest } = options;
  const senders = fuzzedSenders();
  const secrets = everySecret();
  const statuses = new Map<number, number>();
  let requests = 0;
  let slowestMs = 0;
  let reproduction = '';
  await warmUp(hostUrl, senders);
  const seriesBefore = await metricSeries(hostUrl);
  const alreadyLogged = log().length;

  const property = fc.asyncProperty(arbitraryPlan, async (plan) => {
    // Nothing more is sent; whoever waits has been told.
    if (signal?.aborted === true) return new Promise<void>(() => undefined);
    const request = buildRequest(plan, senders);
    const reply = await sendRaw(hostUrl, request);
    requests += 1;
    slowestMs = Math.max(slowestMs, reply.durationMs);
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
    onRequest?.(requests);
    const fault = judgeReply(request, reply, secrets);
    if (fault === undefined) return;
    reproduction = `${toCurl(hostUrl, request)}\n→ ${reply.head.split('\r\n')[0]} ${reply.body.slice(0, 300)}`;
    throw new Error(fault);
  });
  const checking = fc.check(property, { seed, numRuns: mostRequests, interruptAfterTimeLimit: seconds * 1000 });
  const details = await Promise.race([checking, ...(signal === undefined ? [] : [whenAborted(signal)])]);

  // Ctrl-C at a terminal ends the host too.
  const series = signal?.aborted === true ? [] : changedSeries(seriesBefore, await metricSeries(hostUrl));
  const faults = [
    ...(details?.failed === true && details.counterexample !== null ? [describeFault(details, reproduction)] : []),
    ...series.map((each) => `A series came or went: ${each}`),
    ...judgeLog(log().slice(alreadyLogged), secrets),
  ];
  return { requests, slowestMs, statuses, faults };
};
