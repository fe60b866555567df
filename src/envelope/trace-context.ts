interface TraceSources {
  /** The caller's `traceparent` header. */
  readonly incoming: string | null;
  /** The trace context that the platform gave this request. */
  readonly platform: string | undefined;
  /** `bytes` random bytes as lower-case hex. */
  readonly newHex: (bytes: number) => string;
}

interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: string;
}

/** Fixed places: version, trace id, span id, flags. Whatever a later version adds begins with a hyphen. */
const form = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/;
const lengthOfVersion00 = 55;
const allZero = /^0+$/;

/** Only the sampled and the random-trace-id flag have a meaning; the specification has all others cleared. */
const knownFlags = 0b11;

const clearUnknownFlags = (flags: string): string =>
  (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0');

/** Versions above 00 may bring more fields after the flags; `ff` is no version (W3C Trace Context, section 3.2.2). */
const parse = (text: string | null | undefined): TraceParent | undefined => {
  if (text === null || text === undefined || !form.test(text)) return undefined;
  const isVersion = text.startsWith('00') ? text.length === lengthOfVersion00 : !text.startsWith('ff');
  const traceId = text.slice(3, 35);
  const spanId = text.slice(36, 52);
  if (!isVersion || allZero.test(traceId) || allZero.test(spanId)) return undefined;
  const flags = text.slice(53, 55);
  return { traceId, spanId, flags: clearUnknownFlags(flags) };
};

/** The trace that a valid `traceparent` is of: 32 hex digits. */
export const traceIdOf = (text: string | null | undefined): string | undefined => parse(text)?.traceId;

const format = ({ traceId, spanId, flags }: TraceParent): string => `00-${traceId}-${spanId}-${flags}`;

/**
 * The `traceparent` of one event (W3C Trace Context, version 00). A valid incoming one is continued: its trace id and flags,
 * with the platform's span id when the platform continued the same trace, else a new one. Without it the platform's own
 * context stands; without either a new, sampled trace begins.
 */
export const continueTrace = ({ incoming, platform, newHex }: TraceSources): string => {
  const caller = parse(incoming);
  const host = parse(platform);
  if (caller === undefined) return format(host ?? { traceId: newHex(16), spanId: newHex(8), flags: '01' });
  return format({ ...caller, spanId: host?.traceId === caller.traceId ? host.spanId : newHex(8) });
};

/** The length that every participant in a trace must propagate (W3C Trace Context, section 3.3.1.5). */
const maxTraceStateLength = 512;
const maxMembers = 32;

/** A vendor's key and what it says (W3C Trace Context Level 2, section 3.3.1.3): no comma and no further equals sign. */
const memberForm = /^[a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~]$/;
const spaceAround = /^[ \t]+|[ \t]+$/g;

interface TraceHeaders {
  readonly traceparent: string | null | undefined;
  readonly tracestate?: string | null | undefined;
}

/**
 * The `tracestate` that travels with a caller's trace, its members in their order. `undefined` when it is malformed, longer than
 * 512 characters, of more than 32 members, or when the `traceparent` beside it is missing or not valid.
 */
export const continueTraceState = ({ traceparent, tracestate }: TraceHeaders): string | undefined => {
  if (!tracestate || tracestate.length > maxTraceStateLength) return undefined;
  if (traceIdOf(traceparent) === undefined) return undefined;
  const members = tracestate
    .split(',')
    .map((member) => member.replace(spaceAround, ''))
    .filter((member) => member !== '');
  const isValid = members.length <= maxMembers && members.every((member) => memberForm.test(member));
  return isValid && members.length > 0 ? members.join() : undefined;
};
