import * as z from 'zod';
import type { ErrorAnswers } from '../faults/error-answers.js';
import { postDelivery } from './post-delivery.js';

/** A delivery that was tried, with all that is needed to try it again. */
export const triedDeliverySchema = z.object({
  /** The sender's id for it: the same in every attempt. */
  id: z.string(),
  /** With its action, where the sender has one: `issues.opened`. */
  event: z.string(),
  /** What the webhook answered; 502 means no answer. */
  status: z.int(),
  /** When, in milliseconds since 1970 UTC; now unless set. */
  atMs: z.number().optional(),
  url: z.url(),
  headers: z.record(z.string(), z.string()),
  /** Base64. */
  body: z.base64(),
});

export type TriedDelivery = Readonly<z.infer<typeof triedDeliverySchema>>;

/** A sender's API on this machine: its history holds what `npm run send` delivers, and a redelivery is posted again. */
export interface LocalHistory extends ErrorAnswers {
  readonly port: number;
  /** Method and path of every request, in order. */
  readonly asked: readonly string[];
  record(delivery: TriedDelivery): void;
  close(): Promise<void>;
}

/** No sender waits longer for an answer. */
const answerTimeoutMs = 10_000;
/** When there are more, the oldest that was accepted is forgotten first: it cannot be sent again. */
const mostKept = 1_000;

/** What was tried lately. */
export interface TriedDeliveries {
  keep(delivery: TriedDelivery): void;
  /** Posts the same bytes again; returns the status, 502 when nobody answers and 404 for one that is not kept. */
  repeat(id: string): Promise<number>;
}

export const createTriedDeliveries = (): TriedDeliveries => {
  const kept = new Map<string, TriedDelivery>();
  return {
    keep: (delivery) => {
      if (kept.size >= mostKept) {
        const [oldest] = kept.keys();
        const taken = [...kept.values()].find(({ status }) => status >= 200 && status < 300);
        kept.delete(taken?.id ?? oldest ?? '');
      }
      kept.set(delivery.id, delivery);
    },
    repeat: async (id) => {
      const delivery = kept.get(id);
      if (delivery === undefined) return 404;
      const { url, headers, body } = delivery;
      const sent = { headers, body: Buffer.from(body, 'base64') };
      const outcome = await postDelivery(new URL(url), sent, answerTimeoutMs);
      return outcome.kind === 'answered' ? outcome.status : 502;
    },
  };
};
