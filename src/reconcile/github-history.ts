import * as z from 'zod/mini';
import type { GuardedHttp, HttpResult } from '../guarded-http/guarded-http.js';
import type { HttpRequest } from '../guarded-http/http-request.js';
import type { Clock } from '../time/clock.js';
import type { DeliveryHistory, HistoryAnswer, HistoryPage } from './delivery-history.js';
import { appToken } from './github-credentials.js';
import { doneBy, notNow, parseAnswer } from './parse-answer.js';

/** As whom: a token of one's own, or a GitHub App by its id and private key. */
export type GithubIdentity =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'app'; readonly appId: string; readonly privateKey: string };

export interface GithubHistoryParts {
  readonly http: GuardedHttp<'github-api'>;
  /** `app`, `repos/{owner}/{repo}/hooks/{id}` or `orgs/{org}/hooks/{id}`. */
  readonly hook: string;
  readonly provider: string;
  /** `undefined` while the secret cannot be had. */
  readonly identity: () => Promise<GithubIdentity | undefined>;
  readonly clock: Pick<Clock, 'epochMs'>;
}

const idSchema = z.union([z.int(), z.string().check(z.regex(/^\d+$/))]);

const attemptsSchema = z.array(
  z.object({
    id: idSchema,
    guid: z.string(),
    delivered_at: z.string(),
    status_code: z.number(),
    event: z.string(),
    action: z.nullish(z.string()),
  }),
);

const installationSchema = z.object({ id: idSchema });
const tokenSchema = z.object({ token: z.string(), expires_at: z.string() });

/** The cursor of the next page, from a `Link` header (RFC 8288). Only the cursor is taken: the address stays ours. */
const nextCursor = (headers: Headers): string | undefined => {
  const link = /<([^>]+)>;\s*rel="next"/.exec(headers.get('link') ?? '')?.[1];
  return link !== undefined && URL.canParse(link) ? (new URL(link).searchParams.get('cursor') ?? undefined) : undefined;
};

const pageOf = (answer: HttpResult): HistoryAnswer<HistoryPage> => {
  const parsed = parseAnswer(attemptsSchema, answer);
  if (!parsed.ok) return parsed;
  const attempts = parsed.value.map((each) => ({
    id: String(each.id),
    deliveryId: each.guid,
    atMs: Date.parse(each.delivered_at),
    event: each.action ? `${each.event}.${each.action}` : each.event,
    succeeded: each.status_code >= 200 && each.status_code < 300,
  }));
  const next = answer.ok ? nextCursor(answer.value.headers) : undefined;
  return { ok: true, value: { attempts, ...(next !== undefined && { next }) } };
};

/** A token is asked for anew so long before it ends. */
const renewMs = 5 * 60_000;

/**
 * The deliveries of one hook by GitHub's REST API (2022-11-28): an App's, a repository's or an organization's. A GitHub App reads its
 * own history as itself, and a repository's or an organization's by a token of its installation there.
 */
export const createGithubHistory = (parts: GithubHistoryParts): DeliveryHistory => {
  const { http, hook, provider, identity, clock } = parts;
  const path = hook === 'app' ? 'app/hook/deliveries' : `${hook}/deliveries`;
  let installation: { readonly token: string; readonly endsMs: number } | undefined;

  const send = async (token: string, request: HttpRequest): Promise<HttpResult> => {
    const headers = {
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      authorization: `Bearer ${token}`,
      ...request.headers,
    };
    const answer = await http.request('github-api', { ...request, headers });
    // A token of an installation ends with it, and with a change of its permissions.
    if (!answer.ok && answer.error.status === 401) installation = undefined;
    return answer;
  };

  const installationToken = async (jwt: string, signal: AbortSignal): Promise<HistoryAnswer<string>> => {
    if (installation !== undefined && installation.endsMs - clock.epochMs() > renewMs)
      return { ok: true, value: installation.token };
    const owner = hook.split('/hooks/')[0] ?? '';
    const found = await send(jwt, { path: `${owner}/installation`, signal });
    const installed = parseAnswer(installationSchema, found);
    if (!installed.ok) return installed;
    const { id } = installed.value;
    const made = await send(jwt, { path: `app/installations/${id}/access_tokens`, method: 'POST', signal });
    const answer = parseAnswer(tokenSchema, made);
    if (!answer.ok) return answer;
    const { token, expires_at } = answer.value;
    installation = { token, endsMs: Date.parse(expires_at) };
    return { ok: true, value: token };
  };

  const tokenFor = async (signal: AbortSignal): Promise<HistoryAnswer<string>> => {
    const who = await identity();
    if (who === undefined) return notNow('not-configured');
    if (who.kind === 'token') return { ok: true, value: who.token };
    const jwt = appToken(who.appId, who.privateKey, clock.epochMs());
    if (jwt === undefined) return notNow('unusable-private-key');
    return hook === 'app' ? { ok: true, value: jwt } : installationToken(jwt, signal);
  };

  return {
    hook,
    provider,
    list: async (from, signal) => {
      const token = await tokenFor(signal);
      if (!token.ok) return token;
      const cursor = from === undefined ? '' : `&cursor=${encodeURIComponent(from)}`;
      return pageOf(await send(token.value, { path: `${path}?per_page=100${cursor}`, signal }));
    },
    redeliver: async (attemptId, signal) => {
      const token = await tokenFor(signal);
      if (!token.ok) return token;
      const request = { path: `${path}/${encodeURIComponent(attemptId)}/attempts`, method: 'POST' as const, signal };
      return doneBy(await send(token.value, request));
    },
  };
};
