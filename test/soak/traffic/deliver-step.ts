import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { corruptDelivery } from '../../../local/senders/corrupt-delivery.js';
import { localSecretOf } from '../../../local/senders/local-provider-secret.js';
import { type PostOutcome, postDelivery } from '../../../local/senders/post-delivery.js';
import type { Sender, SignedDelivery } from '../../../local/senders/sender.js';
import { senders } from '../../../local/senders/senders.js';
import type { Note, Register } from '../books/register.js';
import type { SoakStep } from '../plan/soak-plan.js';
import type { MortalHost } from '../stack/mortal-host.js';
import { sampleOf } from './soak-providers.js';

export interface DeliverPorts {
  readonly host: Pick<MortalHost, 'url' | 'lives' | 'whenUp'>;
  readonly register: Register;
}

/** A sender waits no longer than any provider does. */
const answerTimeoutMs = 15_000;
const betweenTriesMs = 250;
/** Without an answer a sender tries again, whatever else it does: so many times at most. */
const mostUnanswered = 10;

const isAccepted = (outcome: PostOutcome): boolean =>
  outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300;

const acceptedSchema = z.object({
  status: z.string(),
  routedTo: z.array(z.string()),
  degraded: z.array(z.string()),
});
const refusedSchema = z.object({ deferred: z.boolean().default(false), service: z.string().optional() });

type Answer = Pick<Note, 'deferred' | 'routedTo' | 'troubled'>;

const untold: Answer = { deferred: false, routedTo: [], troubled: false };

const readRefusal = (answer: unknown): Answer => {
  const { deferred, service } = refusedSchema.parse(answer);
  return { ...untold, deferred, troubled: service !== undefined && service !== 'key-vault' };
};

/** Slack's answer has no body: what became of the event is not told. */
const readAnswer = (outcome: PostOutcome): Answer => {
  if (outcome.kind !== 'answered' || outcome.text === '') return untold;
  const answer: unknown = JSON.parse(outcome.text);
  if (!isAccepted(outcome)) return readRefusal(answer);
  const { status, routedTo, degraded } = acceptedSchema.parse(answer);
  return { deferred: status === 'deferred', routedTo, troubled: degraded.length > 0 };
};

const describe = (outcome: PostOutcome): string => {
  const at = new Date().toISOString();
  const what =
    outcome.kind === 'answered' ? `${outcome.status} ${outcome.text.slice(0, 300)}` : `no answer, ${outcome.reason}`;
  return `${at} after ${outcome.durationMs} ms ${what}`;
};

const senderOf = ({ event }: SoakStep): Sender => {
  const sender = senders.find(({ provider }) => provider === event.provider);
  if (sender === undefined) throw new RangeError(`Nobody plays ${event.provider}`);
  return sender;
};

const sign = (step: SoakStep): SignedDelivery => {
  const sender = senderOf(step);
  const { deliveryId, provider } = step.event;
  const secret = localSecretOf(provider).signing;
  const signed = sender.sign({ sample: sampleOf(step.event), deliveryId, secret, form: false, nowMs: Date.now() });
  return step.kind === 'forged' ? corruptDelivery(signed, sender, 'signature') : signed;
};

const postAll = async ({ host, register }: DeliverPorts, step: SoakStep, tries: number): Promise<PostOutcome[]> => {
  const url = new URL(`/api/webhooks/${step.event.provider}`, host.url);
  const signed = sign(step);
  const life = host.lives;
  const outcomes = await Promise.all(
    Array.from({ length: step.copies }, () => postDelivery(url, signed, answerTimeoutMs)),
  );
  for (const outcome of outcomes) {
    const isFirstTry = step.kind === 'first' && tries === 0;
    const said = { accepted: isAccepted(outcome), ...readAnswer(outcome), text: describe(outcome) };
    register.note({ step, life, isFirstTry, ...said });
  }
  return outcomes;
};

/** Sends one step as its provider would: again while it is refused, as often as planned, and again while nobody answers. */
export const deliverStep = async (ports: DeliverPorts, step: SoakStep): Promise<void> => {
  let refused = 0;
  for (let tries = 0; refused < step.tries && tries < mostUnanswered + step.tries; tries += 1) {
    if (tries > 0) await sleep(betweenTriesMs * tries);
    await ports.host.whenUp();
    const outcomes = await postAll(ports, step, tries);
    if (outcomes.some(isAccepted)) return;
    if (outcomes.every(({ kind }) => kind === 'answered')) refused += 1;
  }
};
