import { traceIdOf } from './trace-parent.js';

/** As much as everyone on a trace's way has to carry (W3C Trace Context, section 3.3.1.5). */
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
