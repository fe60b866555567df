import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyTraffic } from '../../../local/faults/start-fault-proxy.js';
import type { ControlClient, Traffic } from '../../../local/stack/control-client.js';
import type { StandInName } from '../../../local/stack/stand-ins.js';

/** What came to a dependency each second while it failed: new connections, and pieces of data said in any of them. */
export interface CallRate {
  readonly service: StandInName;
  readonly connections: Rate;
  readonly pieces: Rate;
}

export interface Rate {
  readonly mean: number;
  readonly most: number;
}

const rateOf = (looks: readonly Traffic[], service: StandInName, what: keyof ProxyTraffic): Rate => {
  const counts = looks.map((look) => look[service][what]);
  const each = counts.slice(1).map((count, index) => count - (counts[index] ?? 0));
  const sum = each.reduce((one, other) => one + other, 0);
  return { mean: each.length === 0 ? 0 : sum / each.length, most: Math.max(0, ...each) };
};

/** Looks once a second until the end, and tells the rates since `fromMs`. */
export const countCalls = async (
  control: Pick<ControlClient, 'traffic'>,
  services: readonly StandInName[],
  ended: AbortSignal,
): Promise<readonly CallRate[]> => {
  const looks: Traffic[] = [];
  while (services.length > 0 && !ended.aborted) {
    looks.push(await control.traffic());
    await sleep(1_000, undefined, { signal: ended }).catch(() => {});
  }
  return services.map((service) => ({
    service,
    connections: rateOf(looks, service, 'connections'),
    pieces: rateOf(looks, service, 'pieces'),
  }));
};
