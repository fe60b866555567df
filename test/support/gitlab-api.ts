import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What a test says of one attempt. */
export interface GitlabAttempt {
  readonly key: string;
  /** `internal error`: nobody answered. */
  readonly status: string;
  readonly atMs: number;
}

/** The part of GitLab's API that tells of a project's deliveries, as docs.gitlab.com/api/project_webhooks shows it. */
export interface GitlabApi {
  readonly url: string;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  record(attempt: GitlabAttempt): void;
  /** So many repeats are taken until `refill`. */
  allow(repeats: number): void;
  /** Versions that do not say when an attempt was made. */
  hideTimes(): void;
  close(): Promise<void>;
}

export interface GitlabApiOptions {
  readonly token: string;
  readonly now: () => number;
  /** Delivers once more, and answers the status that GitLab would have seen. */
  readonly resend: (key: string) => Promise<number>;
}

const hookPath = '/api/v4/projects/octo%2Frepo/hooks/7/events';

export const startGitlabApi = async ({ token, now, resend }: GitlabApiOptions): Promise<GitlabApi> => {
  const attempts: (GitlabAttempt & { readonly id: number })[] = [];
  const asked: string[] = [];
  let repeatsLeft = Number.POSITIVE_INFINITY;
  let showsTimes = true;

  const record = (attempt: GitlabAttempt): void => void attempts.unshift({ ...attempt, id: attempts.length + 1 });

  const shown = ({ id, key, status, atMs }: GitlabAttempt & { readonly id: number }) => ({
    id,
    url: 'https://example.net/',
    trigger: 'push_hooks',
    request_headers: { 'X-Gitlab-Event': 'Push Hook', 'Idempotency-Key': key, 'X-Gitlab-Token': '[REDACTED]' },
    request_data: { object_kind: 'push' },
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

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    asked.push(`${request.method} ${pathname}`);
    if (request.headers['private-token'] !== token) return reply(response, 401, { message: '401 Unauthorized' });
    if (request.method === 'GET' && pathname === hookPath) {
      const size = Number(searchParams.get('per_page') ?? 20);
      const page = Number(searchParams.get('page') ?? 1);
      const rest = attempts.slice(page * size).length > 0 ? String(page + 1) : '';
      return reply(response, 200, attempts.slice((page - 1) * size, page * size).map(shown), { 'x-next-page': rest });
    }
    const id = /\/events\/(\d+)\/resend$/.exec(pathname)?.[1];
    const attempt = attempts.find((each) => String(each.id) === id);
    if (request.method !== 'POST' || attempt === undefined) return reply(response, 404, { message: '404 Not found' });
    if (repeatsLeft <= 0) return reply(response, 429, { message: { error: 'Try again later.' } });
    repeatsLeft -= 1;
    const status = await resend(attempt.key);
    record({ key: attempt.key, status: String(status), atMs: now() });
    return reply(response, 201, { response_status: status });
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
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
