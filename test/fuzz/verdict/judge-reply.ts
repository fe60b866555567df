import type { FuzzRequest } from '../request/fuzz-request.js';
import type { RawReply } from '../request/send-raw.js';

/** The upper bound on every request, whatever its sender waits for (`REQUEST_BUDGET_MS`). */
const budgetMs = 9000;

/** What a busy machine may add on the way there and back. */
const transportMs = 2000;

const statedUnavailable =
  /"code":"(?:CircuitBreakerOpen|QueueingFailed|SecretUnavailable|PayloadNotStorable|ArchiveUnavailable)"/;

/** A file and line of our own, a module's path, or the name of an error class. */
const inside = /\bat [\w.<>]+ \(|\.(?:c?js|ts):\d+|node_modules|\b(?:Type|Range|Syntax|Rest|Messaging)Error\b|ECONN/;

const isStated = ({ body, head }: RawReply): boolean =>
  statedUnavailable.test(body) && /^retry-after: \d+/im.test(head);

/** What is wrong with a reply; nothing when it is one that docs/http.md states. */
export const judgeReply = (request: FuzzRequest, reply: RawReply, secrets: readonly string[]): string | undefined => {
  const { status, head, body, durationMs } = reply;
  if (status === 0) return 'there was no answer';
  if (status >= 500 && !(status === 503 && isStated(reply))) return `${status} is no answer that is stated`;
  if (request.isForged && status < 300) return `${status} for what nobody has signed`;
  if (durationMs > budgetMs + transportMs) return `it took ${Math.round(durationMs)} ms`;
  const text = `${head}\n${body}`;
  if (inside.test(text)) return 'the answer tells of what is inside';
  const secret = secrets.find((each) => text.includes(each));
  return secret === undefined ? undefined : `the answer holds the secret ${secret.slice(0, 4)}…`;
};
