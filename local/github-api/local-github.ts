import { z } from 'zod';
import type { ErrorAnswers } from '../faults/error-answers.js';
import type { ErrorStatus } from '../faults/fault.js';
import { postDelivery } from '../senders/post-delivery.js';
import { type GithubApiFault, startGithubApi } from './start-github-api.js';

/** A delivery that was tried, with all that is needed to try it again. */
export const triedDeliverySchema = z.object({
  guid: z.string(),
  /** With its action: `issues.opened`. */
  event: z.string(),
  /** What the webhook answered; 502 stands for nothing. */
  status: z.int(),
  /** When, in milliseconds since 1970 UTC; now unless set. */
  atMs: z.number().optional(),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  /** Base64. */
  body: z.base64(),
});

export type TriedDelivery = Readonly<z.infer<typeof triedDeliverySchema>>;

/** GitHub's API on this machine: its history holds what `npm run send` delivers, and a redelivery is posted again. */
export interface LocalGithub extends ErrorAnswers {
  readonly port: number;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  record(delivery: TriedDelivery): void;
  close(): Promise<void>;
}

/** GitHub waits no longer for an answer. */
const answerTimeoutMs = 10_000;
/** Bodies of older ones are forgotten: they cannot be sent again. */
const mostKept = 1_000;

/** GitHub says by 403 that the hour's limit is reached, and by 429 that too much came at once. */
const faults: Readonly<Record<ErrorStatus, GithubApiFault>> = {
  401: 401,
  403: 'primary-limit',
  404: 404,
  429: 'secondary-limit',
  500: 500,
  503: 503,
};

export const startLocalGithub = async (): Promise<LocalGithub> => {
  const kept = new Map<string, TriedDelivery>();
  const redeliver = async (guid: string): Promise<number> => {
    const delivery = kept.get(guid);
    if (delivery === undefined) return 404;
    const { url, headers, body } = delivery;
    const outcome = await postDelivery(new URL(url), { headers, body: Buffer.from(body, 'base64') }, answerTimeoutMs);
    return outcome.kind === 'answered' ? outcome.status : 502;
  };
  const { url, asked, record, setFault, close } = await startGithubApi({ redeliver });
  return {
    port: Number(new URL(url).port),
    asked,
    record: (delivery) => {
      const [oldest] = kept.keys();
      if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest);
      kept.set(delivery.guid, delivery);
      const { guid, event, status, atMs } = delivery;
      record({ guid, event, status, ...(atMs !== undefined && { atMs }) });
    },
    setErrorStatus: (status) => setFault(status === undefined ? 'none' : faults[status]),
    close,
  };
};
