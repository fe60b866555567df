import * as z from 'zod';
import { nestsDeeperThan } from '../envelope/json-scan.js';
import { type SimulatePorts, simulateRouting } from '../operations/simulate-routing.js';
import type { Bot } from '../routing/bot.js';
import { compileEventPatterns, isEventPattern } from '../routing/match-bots.js';
import { parseJson } from '../text/text.js';
import type { Clock } from '../time/clock.js';
import { readBody } from './arriving-body.js';
import { archiveUnavailable } from './event-endpoints.js';
import type { CarryOut, CommandResult } from './operator-endpoint.js';
import { problem } from './problems.js';
import { errorsOf, momentSchema, providerSchema, readMaxSpanMs } from './read-replay.js';

type FieldProblems = readonly { readonly field: string; readonly detail: string }[];

/** The bots of a `bots.json`, or everything that is wrong with it. */
export type ReadBotsText = (
  text: string,
) => { readonly ok: true; readonly bots: readonly Bot[] } | { readonly ok: false; readonly errors: FieldProblems };

export interface SimulateEndpointPorts extends SimulatePorts {
  readonly clock: Pick<Clock, 'monotonicMs' | 'epochMs'>;
  readonly providers: readonly string[];
  readonly readBots: ReadBotsText;
}

const maxBodyBytes = 1024 * 1024;
const maxDepth = 32;
/** Short, so that whoever asks for much sees how far it has come. */
const timeLimitMs = 10_000;

export const simulateSchema = z.strictObject({
  bots: z.unknown().refine((bots) => typeof bots === 'object' && bots !== null, {
    error: 'the content of a bots.json',
  }),
  from: momentSchema,
  to: momentSchema.optional(),
  provider: providerSchema.optional(),
  type: z
    .string()
    .refine((text) => isEventPattern(text), { error: 'a pattern such as github.pull_request or *' })
    .default('*'),
});

const invalid = (errors: FieldProblems, correlationId: string): CommandResult => ({
  reply: problem('InvalidSimulation', { detail: 'Nothing was simulated.', errors: errors.slice(0, 50), correlationId }),
  audit: { outcome: 'invalid', refusedFields: errors.slice(0, 20).map(({ field }) => field.slice(0, 80)) },
});

/** `POST events/simulate`: what another `bots.json` would have given each bot. Answers how far it came: `resumeFrom` is the next call's `from`. */
export const createSimulateEvents =
  ({ readBots, providers, ...ports }: SimulateEndpointPorts): CarryOut =>
  async (request, correlationId) => {
    const body = await readBody(request, maxBodyBytes);
    if (body.kind === 'too-large') return invalid([{ field: '', detail: 'expected less than 1 MB' }], correlationId);
    if (nestsDeeperThan(body.body, maxDepth))
      return invalid([{ field: '', detail: `expected at most ${maxDepth} levels of nesting` }], correlationId);
    const parsed = simulateSchema.safeParse(parseJson(body.body));
    if (!parsed.success) return invalid(errorsOf(parsed.error), correlationId);
    const { from, to, provider, type } = parsed.data;
    const bots = readBots(JSON.stringify(parsed.data.bots));
    if (!bots.ok) return invalid(bots.errors, correlationId);
    const fromMs = Date.parse(from);
    const toMs = to === undefined ? ports.clock.epochMs() : Date.parse(to);
    if (toMs < fromMs || toMs - fromMs > readMaxSpanMs) {
      return invalid([{ field: 'to', detail: 'expected a time after from, at most 366 days later' }], correlationId);
    }
    const simulated = await simulateRouting(ports, {
      bots: bots.bots,
      providers: provider === undefined ? providers : [provider],
      fromMs,
      toMs,
      wantsType: compileEventPatterns([type]),
      untilMs: ports.clock.monotonicMs() + timeLimitMs,
    });
    if (!simulated.ok) return archiveUnavailable(simulated.error, correlationId);
    const { events, resumeFrom } = simulated.value;
    const stretch = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    const complete = resumeFrom === undefined;
    return {
      reply: { status: 200, jsonBody: { ...stretch, ...simulated.value, complete } },
      audit: { outcome: 'done', ...stretch, provider, type, events, complete },
    };
  };
