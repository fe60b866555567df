import rhea, { type Sender } from 'rhea';

/** The source filter that makes a receiving link a session's. */
export const sessionFilterName = 'com.microsoft:session-filter';

const waitProperty = 'com.microsoft:timeout';
const longestWaitMs = 60_000;
/** The answer "no session" leaves this much earlier than the client gives up, so that it arrives. */
const marginMs = 200;
const ticksPerMs = 10_000n;
/** 1970-01-01 in .NET ticks, which count from the year 1. */
const epochTicks = 621_355_968_000_000_000n;

/** Which session a client asks for: none (undefined), whichever is next (no id), or the one it names. */
export function sessionFilter(link: Sender): { readonly sessionId: string | undefined } | undefined {
  const filter = link.source?.filter;
  if (filter === undefined || filter === null || !(sessionFilterName in filter)) return undefined;
  const wanted: unknown = filter[sessionFilterName]?.value ?? filter[sessionFilterName];
  return { sessionId: typeof wanted === 'string' ? wanted : undefined };
}

/** How long the client waits for a session, less what the answer needs to travel. */
export function sessionWaitMs(link: Sender): number {
  const asked: unknown = link.properties?.[waitProperty];
  const waitMs = typeof asked === 'number' && asked > 0 ? Math.min(asked, longestWaitMs) : longestWaitMs;
  return Math.max(waitMs - Math.min(marginMs, waitMs / 4), 1);
}

/** The link property that says how long the session is held, in .NET ticks. */
export function lockedUntilProperty(untilMs: number): Readonly<Record<string, unknown>> {
  const ticks = Buffer.alloc(8);
  ticks.writeBigInt64BE(BigInt(Math.floor(untilMs)) * ticksPerMs + epochTicks);
  return { 'com.microsoft:locked-until-utc': rhea.types.wrap_long(ticks) };
}
