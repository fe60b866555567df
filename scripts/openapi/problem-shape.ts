import * as z from 'zod';
import { type ProblemCode, problemCatalogue } from '../../src/http/problems.js';
import { count, flag, text } from './shape.js';

export const problem = z
  .object({
    type: text,
    title: text,
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(problemCatalogue)).describe('Go by this; it does not change.'),
    detail: text,
    service: z.enum(['service-bus', 'blob-storage', 'key-vault']).exactOptional(),
    retryAfterSeconds: count.exactOptional(),
    correlationId: text.exactOptional(),
    id: text.exactOptional().describe('Of the event.'),
    archived: flag.exactOptional(),
    deferred: flag.exactOptional().describe('The outbox delivers it; sending it again is harmless.'),
    quarantined: flag.exactOptional().describe('It is kept, and verified later.'),
    errors: z
      .array(z.object({ field: text, detail: text }))
      .exactOptional()
      .describe('Each thing that was wrong.'),
  })
  .describe('RFC 9457.');

/** The codes by their status. */
export const byStatus = (codes: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> =>
  Map.groupBy(codes, (code) => problemCatalogue[code].status);
