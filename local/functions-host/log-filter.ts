import type { RpcLogLevel } from './core/rpc-messages.js';
import type { HostLog } from './host-log.js';

const severity: Readonly<Record<RpcLogLevel, number>> = {
  trace: 0,
  debug: 1,
  information: 2,
  warning: 3,
  error: 4,
  critical: 5,
  none: 6,
};

const isLevel = (text: string): text is RpcLogLevel => Object.hasOwn(severity, text);

const toSeverity = (text: string): number => {
  const level = text.toLowerCase();
  return severity[isLevel(level) ? level : 'information'];
};

/** Whether a rule's category, a prefix of segments of which one may have a `*` in it, fits a category. */
const fits = (rule: string, category: string): boolean => {
  const [before = '', after] = rule.split('*', 2);
  if (after === undefined) return category === rule || category.startsWith(`${rule}.`);
  return category.startsWith(before) && category.length >= before.length + after.length && category.endsWith(after);
};

/** Lets through what `logging.logLevel` of `host.json` asks for: the longest category that fits decides. */
export const filterLog = (log: HostLog, logLevel: Readonly<Record<string, string>>): HostLog => {
  const { default: fallback = 'information', ...byPrefix } = logLevel;
  const prefixes = Object.keys(byPrefix).sort((a, b) => b.length - a.length);
  const leastByCategory = new Map<string, number>();
  const leastFor = (category: string): number => {
    const known = leastByCategory.get(category);
    if (known !== undefined) return known;
    const prefix = prefixes.find((candidate) => fits(candidate, category));
    const least = toSeverity(prefix === undefined ? fallback : (byPrefix[prefix] ?? fallback));
    leastByCategory.set(category, least);
    return least;
  };
  return (entry) => {
    if (severity[entry.level] >= leastFor(entry.category)) log(entry);
  };
};
