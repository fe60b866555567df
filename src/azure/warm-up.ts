import type { Dependencies } from '../app/dependencies.js';

/** As long as a stage of a request may take; nobody waits for it. */
const touchMs = 5_000;

/**
 * Loads the SDKs, makes the clients and touches each dependency once, so that tokens and connections are there when the first
 * request asks. Past the breakers, for nothing was asked yet; what fails is found again, and told, by the first request.
 */
export const warmUp = async ({
  buildClients,
  probes,
}: Pick<Dependencies, 'buildClients' | 'probes'>): Promise<void> => {
  await buildClients();
  const signal = AbortSignal.timeout(touchMs);
  await Promise.allSettled(Object.values(probes).map((probe) => probe(signal)));
};
