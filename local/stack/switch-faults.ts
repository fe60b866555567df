import { formatFault, parseFault } from '../faults/fault.js';
import type { FaultProxy } from '../faults/start-fault-proxy.js';
import type { Controlled } from './control-server.js';
import type { StandInName } from './stand-ins.js';

type Switched = Pick<FaultProxy, 'fault' | 'traffic' | 'setFault'>;

/** Lets the control server see and switch the faults of these proxies, and see what comes to them. */
export const switchFaults = (
  proxies: Readonly<Record<StandInName, Switched>>,
  githubApi?: Switched,
): Pick<Controlled, 'faults' | 'traffic' | 'setFault'> => ({
  faults: () => ({
    'blob-storage': formatFault(proxies['blob-storage'].fault),
    'service-bus': formatFault(proxies['service-bus'].fault),
    'key-vault': formatFault(proxies['key-vault'].fault),
    ...(githubApi !== undefined && { 'github-api': formatFault(githubApi.fault) }),
  }),
  traffic: () => ({
    'blob-storage': proxies['blob-storage'].traffic,
    'service-bus': proxies['service-bus'].traffic,
    'key-vault': proxies['key-vault'].traffic,
  }),
  async setFault(name, text) {
    const parsed = parseFault(text.split(/\s+/).filter((word) => word !== ''));
    if (parsed.kind === 'invalid') return parsed.problem;
    const proxy = name === 'github-api' ? githubApi : proxies[name];
    if (proxy === undefined)
      return "This stack has no stand-in of GitHub's API: start it with GITHUB_RECONCILE_HOOKS=app";
    await proxy.setFault(parsed.fault);
    return undefined;
  },
});
