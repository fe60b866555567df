/** Queues are named by the configuration; the breaker of each is made when it is first sent to. */
const madeLater = 'breaker="queue:';

/** The name and labels of every series that a host shows. */
export const metricSeries = async (hostUrl: URL): Promise<ReadonlySet<string>> => {
  const reply = await fetch(new URL('/api/metrics', hostUrl));
  const lines = (await reply.text())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#') && !line.includes(madeLater));
  if (lines.length === 0) throw new TypeError('The host shows no metrics');
  return new Set(lines.map((line) => line.replace(/ [^ ]+$/, '')));
};

/** What is in one and not in the other. */
export const changedSeries = (before: ReadonlySet<string>, after: ReadonlySet<string>): readonly string[] => [
  ...[...after].filter((series) => !before.has(series)),
  ...[...before].filter((series) => !after.has(series)),
];
