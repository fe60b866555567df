import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** One attempt, as GitHub's REST API shows it (2022-11-28, "List deliveries for an app webhook"). */
export interface HookAttempt {
  readonly id: number;
  readonly guid: string;
  readonly delivered_at: string;
  readonly redelivery: boolean;
  readonly status: string;
  readonly status_code: number;
  readonly event: string;
  readonly action: string | null;
}

/** A number is the status that everything is answered with. */
export type GithubApiFault = 'none' | 'primary-limit' | 'secondary-limit' | 'error' | 'hang' | 401 | 404 | 500 | 503;

export interface GithubApiOptions {
  readonly port?: number;
  /** Called for each redelivery that was asked for: delivers, and answers the status that GitHub would have seen. */
  readonly redeliver?: (guid: string) => Promise<number>;
  /** Milliseconds since 1970 UTC; the system's unless set. */
  readonly now?: () => number;
}

/** A stand-in for the part of GitHub's API that tells of deliveries. */
export interface GithubApi {
  readonly url: string;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  /** Adds an attempt to the history. */
  record(attempt: {
    readonly guid: string;
    readonly event: string;
    readonly status: number;
    readonly atMs?: number;
  }): void;
  setFault(fault: GithubApiFault): void;
  close(): Promise<void>;
}

const pageSize = (url: URL): number => Math.min(100, Number(url.searchParams.get('per_page') ?? 30));

const historyPath =
  /^\/(app\/hook|repos\/[^/]+\/[^/]+\/hooks\/\d+|orgs\/[^/]+\/hooks\/\d+)\/deliveries(?:\/(\d+)\/attempts)?$/;

const faults: Readonly<Record<string, readonly [number, Readonly<Record<string, string>>]>> = {
  'secondary-limit': [403, { 'retry-after': '60' }],
  error: [502, {}],
};

/** Starts it on the loopback address. Anything with a bearer token may ask. */
export const startGithubApi = async (options: GithubApiOptions = {}): Promise<GithubApi> => {
  const { port = 0, redeliver = async () => 202, now = Date.now } = options;
  const history: HookAttempt[] = [];
  const seen = new Set<string>();
  const asked: string[] = [];
  let fault: GithubApiFault = 'none';
  let url = '';

  const record: GithubApi['record'] = ({ guid, event, status, atMs = now() }) => {
    const [name = '', action] = event.split('.');
    history.unshift({
      id: history.length + 1,
      guid,
      delivered_at: new Date(atMs).toISOString(),
      redelivery: seen.has(guid),
      status: status >= 200 && status < 300 ? 'OK' : 'Failed',
      status_code: status,
      event: name,
      action: action ?? null,
    });
    seen.add(guid);
  };

  const json = (response: ServerResponse, status: number, body: unknown, headers = {}): void => {
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
    response.end(JSON.stringify(body));
  };

  const list = (request: IncomingMessage, response: ServerResponse, asks: URL): void => {
    const from = Number(asks.searchParams.get('cursor')?.slice(3) ?? Number.POSITIVE_INFINITY);
    const rest = history.filter(({ id }) => id < from || from === Number.POSITIVE_INFINITY);
    const page = rest.slice(0, pageSize(asks));
    const etag = `"${page[0]?.id ?? 0}-${page.length}"`;
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304, { etag }).end();
      return;
    }
    const last = page.at(-1);
    asks.searchParams.set('cursor', `v1_${last?.id ?? 0}`);
    const link = rest.length > page.length ? { link: `<${asks.href}>; rel="next"` } : {};
    json(response, 200, page, { etag, ...link });
  };

  const repeat = (response: ServerResponse, id: number): unknown => {
    const attempt = history.find((each) => each.id === id);
    if (attempt === undefined) return json(response, 404, { message: 'Not Found' });
    const { guid, event, action } = attempt;
    json(response, 202, {});
    return redeliver(guid).then((status) =>
      record({ guid, event: action === null ? event : `${event}.${action}`, status }),
    );
  };

  const answer = (request: IncomingMessage, response: ServerResponse): unknown => {
    const asks = new URL((request.url ?? '').replace(/^\/*/, '/'), url);
    asked.push(`${request.method} ${asks.pathname}`);
    if (fault === 'hang') return undefined;
    if (fault === 'primary-limit') {
      const reset = String(Math.ceil(now() / 1_000) + 60);
      return json(response, 403, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset });
    }
    if (typeof fault === 'number') return json(response, fault, { message: 'Switched on' });
    const [status, headers] = faults[fault] ?? [];
    if (status !== undefined) return json(response, status, {}, headers);
    if (!request.headers.authorization?.startsWith('Bearer '))
      return json(response, 401, { message: 'Requires authentication' });
    if (asks.pathname.endsWith('/installation')) return json(response, 200, { id: 1 });
    if (asks.pathname.endsWith('/access_tokens'))
      return json(response, 201, { token: 'ghs_local', expires_at: new Date(now() + 3_600_000).toISOString() });
    const [matched, , id] = historyPath.exec(asks.pathname) ?? [];
    if (matched === undefined) return json(response, 404, { message: 'Not Found' });
    return id === undefined ? list(request, response, asks) : repeat(response, Number(id));
  };

  const server = createServer(answer).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return {
    url,
    asked,
    record,
    setFault: (next) => {
      fault = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
