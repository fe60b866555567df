import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { PlannedDelivery } from '../plan/availability-plan.js';
import type { Answer } from '../traffic/answer.js';

/** What the sender knows of one delivery. */
export interface Entry {
  readonly delivery: PlannedDelivery;
  readonly sha256: string;
  readonly sentAtMs: number;
  /** Absent while nothing came back. */
  answer?: Answer;
  answeredAtMs: number;
  /** What came of it when the sender sent it again since the app asked for it; absent: it was not asked for. */
  again?: Answer;
}

/** What an answer says became of the delivery. */
export interface Told {
  readonly acknowledged: boolean;
  /** The outbox has what some bots are still to get. */
  readonly owed: boolean;
  readonly quarantined: boolean;
  /** Archived, and with every bot, at once. */
  readonly asUsual: boolean;
  /** For people, e.g. `503 CircuitBreakerOpen key-vault`. */
  readonly label: string;
}

const bodySchema = z.object({
  status: z.unknown().optional(),
  code: z.string().optional(),
  service: z.string().optional(),
  deferred: z.boolean().optional(),
  quarantined: z.boolean().optional(),
  degraded: z.array(z.string()).optional(),
});

const readBody = (text: string): z.infer<typeof bodySchema> => {
  try {
    return bodySchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
};

const nothingTold = { acknowledged: false, owed: false, quarantined: false, asUsual: false } as const;

/** Reads an answer of the app, or of the handler by hand. */
export const readAnswer = (answer: Answer | undefined): Told => {
  if (answer?.kind !== 'answered') return { ...nothingTold, label: answer?.kind ?? 'not answered yet' };
  const { status, code, service, deferred, quarantined, degraded } = readBody(answer.text);
  const acknowledged = answer.status >= 200 && answer.status < 300;
  return {
    acknowledged,
    asUsual: acknowledged && degraded?.length === 0,
    owed: deferred === true || status === 'deferred',
    quarantined: quarantined === true,
    label: [answer.status, code, service].filter((word) => word !== undefined).join(' '),
  };
};

/** The sender's book: every delivery, and what was answered when. */
export class DeliveryBook {
  readonly #entries: Entry[] = [];

  /** Notes that a delivery is sent now; the answer is told to what this returns. */
  send(delivery: PlannedDelivery, body: Buffer): { answered(answer: Answer): void } {
    const sha256 = createHash('sha256').update(body).digest('hex');
    const entry: Entry = { delivery, sha256, sentAtMs: performance.now(), answeredAtMs: Number.POSITIVE_INFINITY };
    this.#entries.push(entry);
    return {
      answered(answer) {
        entry.answer = answer;
        entry.answeredAtMs = performance.now();
      },
    };
  }

  /** Notes what came of a delivery that was sent again. */
  sentAgain(id: string, answer: Answer): void {
    const entry = this.#entries.find(({ delivery }) => delivery.id === id);
    if (entry !== undefined) entry.again = answer;
  }

  entries(): readonly Entry[] {
    return this.#entries;
  }
}
