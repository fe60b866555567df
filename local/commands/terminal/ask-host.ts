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
  return cause instanceof Error ? cause.message || cause.name : String(cause);
};

/** One request to a host. Throws `CommandError` with the reason when there is no answer. */
export const askHost = (baseUrl: string, path: string, init: RequestInit): Promise<Response> =>
  fetch(`${baseUrl}${path}`, init).catch((fault: unknown) => {
    throw new CommandError(`${baseUrl} cannot be reached`, reasonOf(fault));
  });
