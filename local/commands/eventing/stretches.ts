/** A stretch of time, in milliseconds since 1970 UTC; the end does not belong to it. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
}

const hourMs = 3_600_000;
const mostStretches = 48;

/** Cuts a stretch into parts of an hour or more, in order, so that long work can show how far it has come. */
export const stretchesOf = ({ fromMs, toMs }: Stretch): readonly Stretch[] => {
  const lengthMs = Math.max(hourMs, Math.ceil((toMs - fromMs) / mostStretches));
  const parts: Stretch[] = [];
  for (let startMs = fromMs; startMs < toMs; startMs += lengthMs) {
    parts.push({ fromMs: startMs, toMs: Math.min(toMs, startMs + lengthMs) });
  }
  return parts;
};
