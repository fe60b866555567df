import { CommandError } from './command-error.js';

/** The base URL in `--url`, without a trailing slash. Throws `CommandError` when it is not an http or https URL. */
export const readBaseUrl = (text: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '');
  throw new CommandError(`--url "${text}" is not an http or https URL`, 'For example: --url http://127.0.0.1:7071');
};

const reasonOf = (fault: unknown): string => {
  const cause = fault instanceof Error ? (fault.cause ?? fault) : fault;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  if (code === 'ECONNREFUSED') return 'Nothing listens there: the connection was refused';
  if (fault instanceof Error && fault.name === 'TimeoutError') return 'No whole answer came in time';
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

/** What a host answered, whole. */
export interface HostAnswer {
  readonly status: number;
  readonly text: string;
}

/** More than Azure's front end lets a function take. */
const longestMs = 240_000;

/** One request to a host. Throws `CommandError` with the reason when there is no whole answer within `timeoutMs`. */
export const askHost = async (
  baseUrl: string,
  path: string,
  { timeoutMs = longestMs, ...init }: RequestInit & { readonly timeoutMs?: number },
): Promise<HostAnswer> => {
  try {
    const response = await fetch(`${baseUrl}${path}`, { ...init, signal: AbortSignal.timeout(timeoutMs) });
    return { status: response.status, text: await response.text() };
  } catch (fault) {
    throw new CommandError(`${baseUrl} cannot be reached`, reasonOf(fault));
  }
};
