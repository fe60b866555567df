import type { Settings } from '../settings/settings.js';

/** One function on a timer; it never runs because the app started. */
interface TimerRow {
  readonly name: string;
  /**
   * Six-field NCRONTAB. From the settings and not `%OUTBOX_SCHEDULE%`, which a host cannot resolve when it is unset. `undefined`: the
   * settings give it nothing to do, and it is not registered.
   */
  readonly schedule: (settings: Settings) => string | undefined;
}

export const timerEndpoints = [
  { name: 'drainOutbox', schedule: (settings) => settings.outboxSchedule },
  {
    name: 'refreshSourceRanges',
    schedule: ({ sourceRanges, githubMetaSchedule }) =>
      Object.values(sourceRanges).some(({ githubMeta }) => githubMeta) ? githubMetaSchedule : undefined,
  },
  { name: 'reconcileGithub', schedule: ({ reconcile }) => reconcile?.schedule },
] as const satisfies readonly TimerRow[];

export type TimerName = (typeof timerEndpoints)[number]['name'];
