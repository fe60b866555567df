import * as z from 'zod';
import type { ReconcileRun } from '../reconcile/reconcile.js';
import { readBody } from './arriving-body.js';
import { type CarryOut, readCommand } from './operator-endpoint.js';
import { problem } from './problems.js';

const maxBodyBytes = 1_024;

export const reconcileSchema = z.strictObject({ dryRun: z.boolean().default(false) });

/** `POST reconcile`: asks GitHub now for what it could not deliver, or (`dryRun`) only tells what would be asked for. */
export const createReconcileEndpoint =
  (run: ((options: { readonly dryRun: boolean }) => Promise<ReconcileRun>) | undefined): CarryOut =>
  async (request, correlationId) => {
    const read = await readBody(request, maxBodyBytes);
    const wanted = reconcileSchema.safeParse(read.kind === 'read' ? readCommand(read.body) : undefined);
    if (!wanted.success) {
      const reply = problem('InvalidReplay', {
        detail: 'Send {"dryRun": true}, {"dryRun": false} or nothing.',
        correlationId,
      });
      return { reply, audit: { outcome: 'invalid', refusedFields: ['dryRun'] } };
    }
    if (run === undefined) {
      const detail = 'Set GITHUB_RECONCILE_HOOKS to the hooks whose history is to be read.';
      return {
        reply: problem('NotReady', { detail, retryAfterMs: 60_000, correlationId }),
        audit: { outcome: 'unavailable' },
      };
    }
    const { dryRun } = wanted.data;
    const result = await run({ dryRun });
    const sent = result.deliveries.filter(({ verdict }) => verdict === 'asked').length;
    return {
      reply: { status: 200, jsonBody: { dryRun, ...result } },
      audit: { outcome: 'done', dryRun, events: result.deliveries.length, sent },
    };
  };
