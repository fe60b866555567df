import * as z from 'zod/mini';
import type { GuardedHttp } from '../guarded-http/guarded-http.js';
import type { Clock } from '../time/clock.js';
import type { DeliveryHistory, PastAttempt } from './delivery-history.js';
import { doneBy, notNow, parseAnswer } from './parse-answer.js';

export interface GitlabHistoryParts {
  readonly http: GuardedHttp<'gitlab-api'>;
  /** `projects/{id or encoded path}/hooks/{id}`, or `groups/…`. */
  readonly hook: string;
  readonly provider: string;
  /** `undefined` while the secret cannot be had. */
  readonly token: () => Promise<string | undefined>;
  readonly clock: Pick<Clock, 'epochMs'>;
}

const headersSchema = z.record(z.string(), z.unknown());

const attemptsSchema = z.array(
  z.object({
    id: z.union([z.int(), z.string().check(z.regex(/^\d+$/))]),
    trigger: z.nullish(z.string()),
    request_headers: z.nullish(headersSchema),
    response_headers: z.nullish(headersSchema),
    /** A number as text; `internal error` when nobody answered. */
    response_status: z.nullish(z.union([z.string(), z.number()])),
    /** Not every version says it. */
    created_at: z.nullish(z.string()),
  }),
);

type Attempt = z.infer<typeof attemptsSchema>[number];

/** As our own provider reads it from a delivery: the same for every attempt of one. */
const idHeaders = ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid'] as const;

const headerIn = (headers: Attempt['request_headers'], name: string): string | undefined => {
  const value = Object.entries(headers ?? {}).find(([each]) => each.toLowerCase() === name)?.[1];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

const deliveryIdOf = ({ request_headers }: Attempt): string | undefined => {
  for (const name of idHeaders) {
    const id = headerIn(request_headers, name);
    if (id !== undefined) return id;
  }
  return undefined;
};

const timeOf = ({ created_at, response_headers }: Attempt): number =>
  Date.parse(created_at ?? headerIn(response_headers, 'date') ?? '');

/** Old enough to be over. */
const unknownAgeMs = 60_000;

/** An attempt that does not say when it was made was made no later than the one after it, which the list has before it. */
const toAttempts = (answered: readonly Attempt[], nowMs: number): readonly PastAttempt[] => {
  const attempts: PastAttempt[] = [];
  let laterMs = nowMs - unknownAgeMs;
  for (const each of answered) {
    const deliveryId = deliveryIdOf(each);
    const ms = timeOf(each);
    laterMs = Number.isNaN(ms) ? laterMs : ms;
    if (deliveryId === undefined) continue;
    attempts.push({
      id: String(each.id),
      deliveryId,
      atMs: laterMs,
      event: each.trigger?.replace(/_(hooks|events)$/, '') ?? 'unknown',
      succeeded: /^2\d\d$/.test(String(each.response_status)),
    });
  }
  return attempts;
};

/** Each shows its whole request: more of them might not fit an answer. */
const perPage = 20;

/**
 * The deliveries of one hook by GitLab's REST API (17.4 and newer): a project's or a group's, the newest first, of the last seven days
 * (https://docs.gitlab.com/api/project_webhooks/). It takes five repeats a minute for each hook and token.
 */
export const createGitlabHistory = ({ http, hook, provider, token, clock }: GitlabHistoryParts): DeliveryHistory => {
  const path = `${hook}/events`;
  const headersFor = async (): Promise<Readonly<Record<string, string>> | undefined> => {
    const value = await token();
    return value === undefined ? undefined : { accept: 'application/json', 'private-token': value };
  };
  return {
    hook,
    provider,
    list: async (from, signal) => {
      const headers = await headersFor();
      if (headers === undefined) return notNow('not-configured');
      const page = from === undefined ? '' : `&page=${encodeURIComponent(from)}`;
      const answer = await http.request('gitlab-api', { path: `${path}?per_page=${perPage}${page}`, headers, signal });
      const parsed = parseAnswer(attemptsSchema, answer);
      if (!parsed.ok || !answer.ok) return parsed.ok ? notNow('unreadable') : parsed;
      const next = answer.value.headers.get('x-next-page') ?? '';
      const attempts = toAttempts(parsed.value, clock.epochMs());
      return { ok: true, value: { attempts, ...(/^\d+$/.test(next) && { next }) } };
    },
    redeliver: async (attemptId, signal) => {
      const headers = await headersFor();
      if (headers === undefined) return notNow('not-configured');
      const request = {
        path: `${path}/${encodeURIComponent(attemptId)}/resend`,
        method: 'POST' as const,
        headers,
        signal,
      };
      return doneBy(await http.request('gitlab-api', request));
    },
  };
};
