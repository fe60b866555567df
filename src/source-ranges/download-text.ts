import type { Clock } from '../time/clock.js';

/** A text from the web, or the class of why there is none. */
export type Download =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'failed'; readonly reason: 'unreachable' | 'timeout' | 'refused' | 'too-large' };

export interface DownloadOptions {
  readonly url: string;
  readonly clock: Pick<Clock, 'startTimer'>;
}

const timeoutMs = 10_000;

/** After decompression. GitHub's list, with the ranges of all its services, has about 0.3 MB. */
const maxBytes = 4 * 1024 * 1024;

const failed = (reason: Extract<Download, { kind: 'failed' }>['reason']): Download => ({ kind: 'failed', reason });

const readText = async (body: NonNullable<Response['body']>): Promise<Download> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return failed('too-large');
    chunks.push(chunk);
  }
  return { kind: 'text', text: Buffer.concat(chunks).toString('utf8') };
};

/** One GET, 10 s and 4 MB at most. Follows no redirect; anything but 200 is a refusal. Never throws. */
export const downloadText = async ({ url, clock }: DownloadOptions): Promise<Download> => {
  const controller = new AbortController();
  const cancel = clock.startTimer(timeoutMs, () => controller.abort());
  try {
    const headers = { accept: 'application/json', 'user-agent': 'breakwater' };
    const response = await fetch(url, { redirect: 'manual', signal: controller.signal, headers });
    if (response.status === 200 && response.body !== null) return await readText(response.body);
    await response.body?.cancel();
    return failed('refused');
  } catch {
    return failed(controller.signal.aborted ? 'timeout' : 'unreachable');
  } finally {
    cancel();
  }
};
