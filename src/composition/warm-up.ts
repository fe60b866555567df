import type { Dependencies } from './dependencies.js';

/** As long as a stage of a request may take; nobody waits for it. */
const touchMs = 5_000;

export interface WarmUpPorts extends Pick<Dependencies, 'buildClients' | 'probes' | 'shards'> {
  /** Fills the cache with every secret. Never rejects. */
  readonly warmSecrets: () => Promise<void>;
  /** Tells other instances that this one lives. Never rejects. */
  readonly announce?: () => Promise<void> | undefined;
  /** Learns what other instances know of the dependencies. Never rejects. */
  readonly shareBreakers?: () => Promise<void> | undefined;
}

/**
 * Loads the SDKs, makes the clients, reads every secret, and touches the other dependencies once, so that secrets, tokens and
 * connections are there when the first request asks, and tells other instances of this one. What is only touched goes past the breakers, for nothing was asked yet; what
 * fails is found again, and told, by the first request.
 */
export const warmUp = async (ports: WarmUpPorts): Promise<void> => {
  const { buildClients, probes, shards, warmSecrets, announce, shareBreakers } = ports;
  await buildClients();
  const signal = AbortSignal.timeout(touchMs);
  const further = [...(shards?.accounts ?? []), ...(shards?.namespaces ?? [])];
  await Promise.allSettled([
    probes['blob-storage'](signal),
    probes['service-bus'](signal),
    ...further.map(({ probe }) => probe(signal)),
    warmSecrets(),
    announce?.(),
    shareBreakers?.(),
  ]);
};
