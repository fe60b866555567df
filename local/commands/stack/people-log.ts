import * as z from 'zod';
import { paint } from '../terminal/paint.js';
import { harmless } from '../terminal/safe-text.js';

const stamped = /^\[(\d{4}-\d\d-\d\dT[\d:.]+Z)\] (.*)$/s;

const fieldsSchema = z.looseObject({ event: z.string() });
const deliverySchema = z.looseObject({
  event: z.string().startsWith('webhook.'),
  provider: z.string().optional(),
  type: z.string().optional(),
  id: z.string().optional(),
  bytes: z.number().optional(),
  durationMs: z.number().optional(),
  routedTo: z.array(z.string()).optional(),
  degraded: z.array(z.string()).optional(),
  duplicate: z.boolean().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
  retryAfterMs: z.number().optional(),
});

type Delivery = z.infer<typeof deliverySchema>;

const good = ['accepted', 'handshake', 'batch-stored', 'origin-allowed'];

const paintOutcome = (outcome: string, { degraded = [] }: Delivery): ((text: string) => string) => {
  if (outcome === 'unavailable') return paint.bad;
  return good.includes(outcome) && degraded.length === 0 ? paint.good : paint.warn;
};

const kilobytes = (bytes: number | undefined): string =>
  bytes === undefined ? '' : bytes < 1_024 ? `${bytes} B` : `${Math.round(bytes / 1_024)} KB`;

const milliseconds = (ms: number | undefined): string => (ms === undefined ? '' : `${Math.round(ms)} ms`);

const bots = (delivery: Delivery): string =>
  delivery.routedTo === undefined ? '' : delivery.routedTo.length > 0 ? delivery.routedTo.join(', ') : 'no bot';

/** Where it went, or why it did not. */
const whereTo = (delivery: Delivery): string => {
  const { degraded = [], duplicate, code, reason, retryAfterMs } = delivery;
  const words = [
    bots(delivery) === '' ? '' : `→ ${bots(delivery)}`,
    degraded.length > 0 ? `without ${degraded.join(', ')}` : '',
    duplicate === true ? 'again' : '',
    [code, reason].filter((word) => word !== undefined).join(': '),
    retryAfterMs === undefined ? '' : `again in ${Math.ceil(retryAfterMs / 1_000)} s`,
  ];
  return words.filter((word) => word !== '').join('; ');
};

const describeDelivery = (time: string, delivery: Delivery): string => {
  const { provider = '?', type, bytes, durationMs, id } = delivery;
  const outcome = delivery.event.slice('webhook.'.length);
  const cells = [
    paintOutcome(outcome, delivery)(harmless(outcome).padEnd(11)),
    harmless(type ?? provider).padEnd(30),
    kilobytes(bytes).padStart(7),
    milliseconds(durationMs).padStart(8),
    harmless(whereTo(delivery)),
    paint.quiet(harmless(id ?? '')),
  ];
  return `${time}  ${cells.join('  ')}`.trimEnd();
};

const levels = /error|failed|opened|dead-lettered|unavailable|unwritten|unreadable/;

const describeField = ([name, value]: readonly [string, unknown]): string =>
  `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;

const describeEvent = (time: string, { event, correlationId: _, level, ...fields }: z.infer<typeof fieldsSchema>) => {
  const isBad = level === 'error' || levels.test(event);
  const name = harmless(event).padEnd(11);
  const facts = harmless(Object.entries(fields).map(describeField).join('  '));
  return `${time}  ${isBad ? paint.bad(name) : paint.quiet(name)}  ${facts}`.trimEnd();
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Said by the host of each run of a function, or by the app of itself at every start. */
const isNoise = (text: string): boolean =>
  /^(Executed|Executing) 'Functions\..*\((Succeeded|Reason=)/.test(text) || text.startsWith('{"event":"telemetry.off"');

/**
 * A line of the Functions host for people: one aligned line for each delivery, likewise for what else the app says; what says nothing new is
 * left out (`undefined`). Lines that are not the app's stay as they are.
 */
export const describeLogLine = (line: string): string | undefined => {
  const [, stamp, text = line] = stamped.exec(line) ?? [];
  if (isNoise(text)) return undefined;
  const time = paint.quiet((stamp === undefined ? new Date() : new Date(stamp)).toTimeString().slice(0, 8));
  const value = text.startsWith('{"event":') ? parsed(text) : undefined;
  const delivery = deliverySchema.safeParse(value);
  if (delivery.success) return describeDelivery(time, delivery.data);
  const fields = fieldsSchema.safeParse(value);
  if (fields.success) return describeEvent(time, fields.data);
  return stamp === undefined ? line : `${time}  ${text}`;
};
