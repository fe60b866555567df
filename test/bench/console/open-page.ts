/** The operators' page as it is open in a browser. */
export interface OpenPage {
  /** Requests that were answered so far, by path, and how many of them with "not modified". */
  readonly answered: ReadonlyMap<string, number>;
  readonly unchanged: () => number;
  /** Answered with an error: storage may be too busy to list. */
  readonly refused: () => number;
  close(): Promise<void>;
}

/** What the page asks for with its deliveries in view, and how often (`console/main.ts`). */
const polled: readonly (readonly [path: string, everyMs: number])[] = [
  ['circuit-breakers/health', 2_000],
  ['events?limit=50', 1_500],
  ['health/deep', 6_000],
];

/** Asks for what the page asks for, as often as it does, with the tag of the last answer. */
export const openPage = (hostUrl: string, adminToken: string): OpenPage => {
  const answered = new Map<string, number>();
  const stop = new AbortController();
  let unchanged = 0;
  let refused = 0;

  const poll = async (path: string, everyMs: number): Promise<void> => {
    let tag: string | null = null;
    while (!stop.signal.aborted) {
      const headers = { authorization: `Bearer ${adminToken}`, ...(tag !== null && { 'if-none-match': tag }) };
      const reply = await fetch(`${hostUrl}/api/${path}`, { headers });
      await reply.arrayBuffer();
      if (reply.status >= 400) refused += 1;
      if (reply.status === 304) unchanged += 1;
      tag = reply.headers.get('etag') ?? tag;
      answered.set(path, (answered.get(path) ?? 0) + 1);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, everyMs);
        stop.signal.addEventListener('abort', () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  };

  const polling = polled.map(([path, everyMs]) => poll(path, everyMs));
  return {
    answered,
    unchanged: () => unchanged,
    refused: () => refused,
    close: async () => {
      stop.abort();
      await Promise.all(polling);
    },
  };
};
