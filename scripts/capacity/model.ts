/** What Microsoft publishes, and what was measured here; docs/capacity.md names the source of each. */
export const figures = {
  /** Service Bus Standard: credits of a namespace each second; a send and a receive cost one each. */
  standardCredits: 1_000,
  creditsPerCopy: 2,
  /** Storage: requests of a standard account each second. */
  accountRequests: 20_000,
  /** Put Blob for the payload, and a little for the index and what instances tell each other. */
  requestsPerWebhook: 1.1,
  /** Application Insights: items of one resource each second. */
  telemetryItems: 32_000,
  itemsPerWebhook: 5,
  /** Measured: milliseconds of CPU that one webhook takes of an instance with one core. */
  cpuMs: 1.91,
} as const;

export interface Deployment {
  /** Bots that want each event, on average. */
  readonly botsPerEvent: number;
  readonly namespaces: number;
  readonly accounts: number;
  readonly instances: number;
}

export type LimitName = 'service-bus' | 'blob-storage' | 'instances' | 'telemetry';

/** Webhooks a second that each part allows, with an even load over the shards. */
export const limitsOf = ({
  botsPerEvent,
  namespaces,
  accounts,
  instances,
}: Deployment): Readonly<Record<LimitName, number>> => {
  const {
    standardCredits,
    creditsPerCopy,
    accountRequests,
    requestsPerWebhook,
    telemetryItems,
    itemsPerWebhook,
    cpuMs,
  } = figures;
  const floor = (value: number): number => Math.floor(Number(value.toFixed(6)));
  return {
    'service-bus': floor((namespaces * standardCredits) / (creditsPerCopy * botsPerEvent)),
    'blob-storage': floor((accounts * accountRequests) / requestsPerWebhook),
    instances: floor((instances * 1_000) / cpuMs),
    telemetry: floor(telemetryItems / itemsPerWebhook),
  };
};

const names: readonly LimitName[] = ['service-bus', 'blob-storage', 'instances', 'telemetry'];

/** The part that is throttled first. */
export const firstLimit = (deployment: Deployment): { readonly name: LimitName; readonly webhooks: number } => {
  const limits = limitsOf(deployment);
  const [first = 'service-bus'] = names.toSorted((one, other) => limits[one] - limits[other]);
  return { name: first, webhooks: limits[first] };
};

export interface Stretch {
  readonly seconds: number;
  /** Webhooks that arrive each second. */
  readonly rate: number;
}

export interface Played {
  readonly arrived: number;
  /** Routed before the reply. */
  readonly routed: number;
  /** Written down, and delivered by the outbox. */
  readonly deferred: number;
  /** The most webhooks that were owed at any time. */
  readonly mostOwed: number;
  /** Seconds from the end of the last stretch until nothing is owed. */
  readonly caughtUpAfter: number;
  /** Neither routed nor written down: storage or instances were at their limit. */
  readonly refused: number;
}

/** An outbox record takes these requests until it is gone: create, list, lease, read, remember, remove. */
const requestsPerDeferred = 6;

/**
 * Plays arrivals against the limits, second by second: what Service Bus does not take becomes owed, as long as storage takes its record, and
 * goes out when there are credits to spare.
 */
export const play = (deployment: Deployment, stretches: readonly Stretch[]): Played => {
  const limits = limitsOf(deployment);
  const requests = deployment.accounts * figures.accountRequests;
  let [arrived, routed, deferred, refused, owed, mostOwed, caughtUpAfter] = [0, 0, 0, 0, 0, 0, 0];
  const second = (rate: number): void => {
    const admitted = Math.min(rate, limits.instances, limits['blob-storage']);
    const sent = Math.min(admitted, limits['service-bus']);
    const spare = Math.max(0, requests - admitted * figures.requestsPerWebhook);
    const kept = Math.min(admitted - sent, Math.floor(spare / requestsPerDeferred));
    const delivered = Math.min(owed, limits['service-bus'] - sent);
    arrived += rate;
    routed += sent;
    deferred += kept;
    refused += rate - sent - kept;
    owed += kept - delivered;
    mostOwed = Math.max(mostOwed, owed);
  };
  for (const { seconds, rate } of stretches) for (let n = 0; n < seconds; n += 1) second(rate);
  while (owed > 0) {
    second(0);
    caughtUpAfter += 1;
  }
  return { arrived, routed, deferred, mostOwed, caughtUpAfter, refused };
};
