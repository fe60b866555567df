import { formatFault, parseFault } from '../faults/fault.js';
import type { FaultProxy } from '../faults/start-fault-proxy.js';
import type { Controlled } from './control-server.js';
import { type HistoryName, historyNames, isStandInName, type StandInName } from './stand-ins.js';

/** The setting that asks for each of them. */
const hooksSettings: Readonly<Record<string, string>> = {
  'github-api': 'GITHUB_RECONCILE_HOOKS=app',
  'gitlab-api': 'PROVIDERS=gitlab GITLAB_RECONCILE_HOOKS=projects/1/hooks/1',
};

type Switched = Pick<FaultProxy, 'fault' | 'traffic' | 'setFault'>;

/** Lets the control server see and switch the faults of these proxies, and see what comes to them. */
export const switchFaults = (
  proxies: Readonly<Record<StandInName, Switched>>,
  histories: Readonly<Partial<Record<HistoryName, Switched>>> = {},
): Pick<Controlled, 'faults' | 'traffic' | 'setFault'> => ({
  faults: () => ({
    'blob-storage': formatFault(proxies['blob-storage'].fault),
    'service-bus': formatFault(proxies['service-bus'].fault),
    'key-vault': formatFault(proxies['key-vault'].fault),
    ...Object.fromEntries(
      historyNames.flatMap((name) =>
        histories[name] === undefined ? [] : [[name, formatFault(histories[name].fault)]],
      ),
    ),
  }),
  traffic: () => ({
    'blob-storage': proxies['blob-storage'].traffic,
    'service-bus': proxies['service-bus'].traffic,
    'key-vault': proxies['key-vault'].traffic,
  }),
  async setFault(name, text) {
    const parsed = parseFault(text.split(/\s+/).filter((word) => word !== ''));
    if (parsed.kind === 'invalid') return parsed.problem;
    const proxy = isStandInName(name) ? proxies[name] : histories[name];
    if (proxy === undefined) return `This stack has no ${name}: start it with ${hooksSettings[name]}`;
    await proxy.setFault(parsed.fault);
    return undefined;
  },
});
