/** A smaller difference means nothing: the header has whole seconds, and the answer took time to arrive. */
const leastSkewMs = 5_000;

let skewMs = 0;

/** Learns the server's time from one of its answers. */
export const learnTime = (date: string | null): void => {
  const atMs = date === null ? Number.NaN : Date.parse(date);
  if (Number.isNaN(atMs)) return;
  const apartMs = atMs - Date.now();
  skewMs = Math.abs(apartMs) < leastSkewMs ? 0 : apartMs;
};

/** Now by the app's clock, in milliseconds since 1970: the browser's may be wrong. */
export const nowMs = (): number => Date.now() + skewMs;
