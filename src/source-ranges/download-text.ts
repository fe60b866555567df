import { createGuardedHttp, type HttpErrorKind } from '../guarded-http/index.js';
import type { Clock } from '../time/clock.js';

/** A text from the web, or the class of why there is none. */
export type Download =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed'; readonly reason: 'unreachable' | 'timeout' | 'refused' | 'too-large' | 'circuit-open' };

export interface DownloadOptions {
  readonly url: string;
  readonly clock: Clock;
}

const timeoutMs = 10_000;

/** After decompression. GitHub's list, with the ranges of all its services, has about 0.3 MB. */
const maxResponseBytes = 4 * 1024 * 1024;

const reasonOf = (kind: HttpErrorKind): Extract<Download, { kind: 'failed' }>['reason'] => {
  switch (kind) {
    case 'timeout':
    case 'too-large':
    case 'circuit-open':
    case 'unreachable':
      return kind;
    default:
      return 'refused';
  }
};

/**
 * Makes what reads one text again and again, behind a breaker of its own: one GET, 10 s and 4 MB at most. Follows no redirect; anything
 * but 200 is a refusal. What it makes never throws.
 */
export const createDownload = ({ url, clock }: DownloadOptions): (() => Promise<Download>) => {
  const { origin, pathname, search } = new URL(url);
  const http = createGuardedHttp({
    name: 'published-list',
    baseUrl: origin,
    endpoints: { 'published-list': { timeoutMs, maxResponseBytes, retries: 0 } },
    headers: () => ({ accept: 'application/json' }),
    clock,
  });
  return async () => {
    const answer = await http.request('published-list', { path: `${pathname}${search}` });
    if (!answer.ok) return { kind: 'failed', reason: reasonOf(answer.error.kind) };
    if (answer.value.status !== 200) return { kind: 'failed', reason: 'refused' };
    return { kind: 'text', text: new TextDecoder().decode(answer.value.bytes) };
  };
};
