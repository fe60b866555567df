import * as z from 'zod';

/**
 * Why a call of a dependency failed, in one word: in the breaker's snapshot, health, log lines and metrics. A closed list, for it
 * is a metric's label.
 */
export const faultReasons = [
  /** 401, 403, no token, a claim refused: roles, keys, a firewall. */
  'unauthorized',
  'throttled',
  /** No answer in time, ours or the dependency's own. */
  'timeout',
  /** Connection refused, reset or lost. */
  'unreachable',
  'host-not-found',
  /** TLS: the other side is not who it should be. */
  'certificate',
  /** 5xx: it is there, and fails. */
  'server-error',
  'not-found',
  'disabled',
  'full',
  'too-large',
  /** It answers, and takes this one request as wrong. */
  'refused',
  /** Something answers, yet not as the service does: a proxy, a sign-in page, a wrong address. */
  'unexpected-answer',
  /** A fault of our own: a classifier threw. */
  'internal',
  'unknown',
] as const;

export type FaultReason = (typeof faultReasons)[number];

const text = z.string().optional().catch(undefined);

const sdkErrorSchema = z.object({
  name: text,
  code: text,
  statusCode: z.number().optional().catch(undefined),
  syscall: text,
  /** Where Blob Storage's code is in the answer to a HEAD, which has no body. */
  details: z.object({ errorCode: text }).optional().catch(undefined),
  errors: z.array(z.unknown()).optional().catch(undefined),
  cause: z.unknown().optional(),
});

type SdkError = z.infer<typeof sdkErrorSchema>;

interface ReasonRule {
  readonly reason: FaultReason;
  readonly names?: ReadonlySet<string>;
  readonly codes?: RegExp;
  /** HTTP statuses, first and last. */
  readonly statuses?: readonly [number, number];
}

const credentialErrors: ReadonlySet<string> = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

const timeoutErrors: ReadonlySet<string> = new Set(['TimeoutError', 'OperationTimeoutError']);

/** Of the AMQP library: whatever answers does not speak AMQP. */
const protocolErrors: ReadonlySet<string> = new Set(['ProtocolError']);

/** Read from the top; codes of the network are Node's, the others those of the Azure SDKs. */
const rules: readonly ReasonRule[] = [
  { reason: 'unauthorized', names: credentialErrors },
  { reason: 'unauthorized', codes: /^UnauthorizedAccess$/ },
  { reason: 'throttled', codes: /^(ServerBusy|ServiceBusy)$/ },
  { reason: 'timeout', names: timeoutErrors },
  { reason: 'timeout', codes: /^(ETIMEDOUT|ESOCKETTIMEDOUT|ServiceTimeout|OperationTimedOut|UND_ERR_\w+_TIMEOUT)$/ },
  { reason: 'unauthorized', statuses: [401, 401] },
  { reason: 'unauthorized', statuses: [403, 403] },
  { reason: 'not-found', statuses: [404, 404] },
  { reason: 'timeout', statuses: [408, 408] },
  { reason: 'throttled', statuses: [429, 429] },
  { reason: 'timeout', statuses: [504, 504] },
  { reason: 'server-error', statuses: [500, 599] },
  { reason: 'refused', statuses: [400, 499] },
  // What the service answers with these is no error.
  { reason: 'unexpected-answer', statuses: [200, 399] },
  { reason: 'unexpected-answer', names: protocolErrors },
  { reason: 'host-not-found', codes: /^(ENOTFOUND|EAI_AGAIN)$/ },
  { reason: 'certificate', codes: /CERT|^(UNABLE_TO_|ERR_TLS_|ERR_SSL_|EPROTO$)/ },
  {
    reason: 'unreachable',
    codes: /^(E[A-Z]+|UND_ERR_\w+|REQUEST_SEND_ERROR|PARSE_ERROR|ServiceCommunicationProblem)$/,
  },
];

const matches = ({ names, codes, statuses }: ReasonRule, { name, code, statusCode }: SdkError): boolean =>
  (names === undefined || (name !== undefined && names.has(name))) &&
  (codes === undefined || (code !== undefined && codes.test(code))) &&
  (statuses === undefined || (statusCode !== undefined && statusCode >= statuses[0] && statusCode <= statuses[1]));

/** The Service Bus SDK keeps the system call of an error of the network, but not its code. */
const bySystemCall = ({ syscall, code }: SdkError): FaultReason | undefined => {
  if (syscall === undefined) return code === 'GeneralError' ? 'server-error' : undefined;
  return syscall === 'getaddrinfo' ? 'host-not-found' : 'unreachable';
};

/** An SDK wraps what it met; deeper than this nothing is looked for. */
const deepest = 4;

const lookedUp = (thrown: unknown, depth: number): FaultReason | undefined => {
  const parsed = sdkErrorSchema.safeParse(thrown).data;
  if (parsed === undefined || depth > deepest) return undefined;
  const error = { ...parsed, code: parsed.code ?? parsed.details?.errorCode };
  const own = rules.find((rule) => matches(rule, error))?.reason;
  if (own !== undefined && own !== 'unreachable') return own;
  // What it wraps may know better than "could not send". The last of several tries decides.
  return lookedUp(error.errors?.at(-1) ?? error.cause, depth + 1) ?? own ?? bySystemCall(error);
};

/**
 * What the error of an SDK, or of the network under it, says of the reason. Reads codes and statuses, never a text. `otherwise`: what
 * is said of an error that no rule knows.
 */
export const faultReasonOf = (thrown: unknown, otherwise: FaultReason = 'unknown'): FaultReason =>
  lookedUp(thrown, 0) ?? otherwise;

export const isFaultReason = (text: string): text is FaultReason => faultReasons.some((reason) => reason === text);

/** A breaker's word for its last failure, as one of ours. */
export const toFaultReason = (word: string): FaultReason => (isFaultReason(word) ? word : 'unknown');
