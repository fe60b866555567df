/** Less says nothing: the header has whole seconds, and the answer was under way. */
const leastSkewMs = 5_000;

let skewMs = 0;

/** Learns from an answer what time it is where it came from. */
export const learnTime = (date: string | null): void => {
  const atMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(atMs)) return;
  const apartMs = atMs - Date.now();
  skewMs = Math.abs(apartMs) < leastSkewMs ? 0 : apartMs;
};

/** Now as the app's clock has it, in milliseconds since 1970: the browser's may be wrong. */
export const nowMs = (): number => Date.now() + skewMs;
