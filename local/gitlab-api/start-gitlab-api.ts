import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ErrorStatus } from '../faults/fault.js';

export interface GitlabAttempt {
  /** The same for every attempt of one delivery. */
  readonly key: string;
  /** `push` unless set. */
  readonly event?: string;
  /** `internal error`: nobody answered. */
  readonly status: string;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
}

/** A stand-in for the part of GitLab's API that lists a hook's deliveries (https://docs.gitlab.com/api/project_webhooks/). */
export interface GitlabApi {
  /** With the API's path: `http://127.0.0.1:…/api/v4`. */
  readonly url: string;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  record(attempt: GitlabAttempt): void;
  /** How many redeliveries are accepted from now on. */
  allow(repeats: number): void;
  /** Versions that do not say when an attempt was made. */
  hideTimes(): void;
  /** The status of every answer; `undefined`: the usual one. */
  setErrorStatus(status: ErrorStatus | undefined): void;
  close(): Promise<void>;
}

export interface GitlabApiOptions {
  /** Absent: anything with a token may ask. */
  readonly token?: string;
  /** Milliseconds since 1970 UTC; the system's unless set. */
  readonly now?: () => number;
  /** Delivers again, and returns the status that GitLab would have seen. */
  readonly resend: (key: string) => Promise<number>;
}

type Kept = GitlabAttempt & { readonly id: number };

const eventsPath = /^\/api\/v4\/(?:projects|groups)\/[^/]+\/hooks\/\d+\/events(?:\/(\d+)\/resend)?$/;

/** Starts it on the loopback address. */
export const startGitlabApi = async ({ token, now = Date.now, resend }: GitlabApiOptions): Promise<GitlabApi> => {
  const attempts: Kept[] = [];
  const asked: string[] = [];
  let repeatsLeft = Number.POSITIVE_INFINITY;
  let showsTimes = true;
  let errorStatus: ErrorStatus | undefined;

  const record = (attempt: GitlabAttempt): void => void attempts.unshift({ ...attempt, id: attempts.length + 1 });

  const shown = ({ id, key, event = 'push', status, atMs }: Kept) => ({
    id,
    url: 'https://example.net/',
    trigger: `${event}_hooks`,
    request_headers: { 'X-Gitlab-Event': 'Push Hook', 'Idempotency-Key': key, 'X-Gitlab-Token': '[REDACTED]' },
    request_data: { object_kind: event },
    response_headers: {},
    response_body: '',
    execution_duration: 1.09,
    response_status: status,
    ...(showsTimes && { created_at: new Date(atMs).toISOString() }),
  });

  const reply = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };

  const list = (response: ServerResponse, asks: URLSearchParams): void => {
    const size = Number(asks.get('per_page') ?? 20);
    const page = Number(asks.get('page') ?? 1);
    const next = attempts.length > page * size ? String(page + 1) : '';
    reply(response, 200, attempts.slice((page - 1) * size, page * size).map(shown), { 'x-next-page': next });
  };

  const repeat = async (response: ServerResponse, id: string): Promise<void> => {
    const attempt = attempts.find((each) => String(each.id) === id);
    if (attempt === undefined) return reply(response, 404, { message: '404 Not found' });
    if (repeatsLeft <= 0) return reply(response, 429, { message: { error: 'Try again later.' } });
    repeatsLeft -= 1;
    const status = await resend(attempt.key);
    record({ ...attempt, status: String(status), atMs: now() });
    return reply(response, 201, { response_status: status });
  };

  const isAllowed = (given: IncomingMessage['headers'][string]): boolean =>
    token === undefined ? given !== undefined : given === token;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL((request.url ?? '').replace(/^\/*/, '/'), 'http://localhost');
    asked.push(`${request.method} ${pathname}`);
    if (errorStatus !== undefined) return reply(response, errorStatus, { message: 'Switched on' });
    if (!isAllowed(request.headers['private-token'])) return reply(response, 401, { message: '401 Unauthorized' });
    const [matched, id] = eventsPath.exec(pathname) ?? [];
    if (matched !== undefined && request.method === 'GET' && id === undefined) return list(response, searchParams);
    if (request.method === 'POST' && id !== undefined) return repeat(response, id);
    return reply(response, 404, { message: '404 Not found' });
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/api/v4`,
    asked,
    record,
    allow: (repeats) => {
      repeatsLeft = repeats;
    },
    hideTimes: () => {
      showsTimes = false;
    },
    setErrorStatus: (status) => {
      errorStatus = status;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
