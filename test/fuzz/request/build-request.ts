import { randomUUID } from 'node:crypto';
import type { SignedDelivery } from '../../../local/senders/sender.js';
import type { FuzzPlan } from '../plan/fuzz-plan.js';
import type { FuzzedSender } from '../stack/fuzzed-senders.js';
import { editBody } from './edit-body.js';
import { editHeaders, type HeaderLines } from './edit-headers.js';
import type { FuzzRequest } from './fuzz-request.js';

const pick = <T>(items: readonly T[], index: number): T => {
  const item = items[index % items.length];
  if (item === undefined) throw new RangeError('There is nothing to pick from');
  return item;
};

interface Proof {
  readonly delivery: SignedDelivery;
  readonly fuzzed: FuzzedSender;
  readonly headers: HeaderLines;
  readonly body: Buffer;
}

/** Whether a line that proves the delivery is still there: what else stands in it, or beside it, is the verifier's business. */
const keepsProof = ({ delivery, fuzzed, headers }: Proof): boolean =>
  fuzzed.sender.signatureHeaders.some((name) => {
    const proof = delivery.headers[name];
    return proof !== undefined && headers.some(([line, value]) => line === name && value.includes(proof));
  });

const isForged = (proof: Proof): boolean => {
  const { fuzzed, delivery, body } = proof;
  return !keepsProof(proof) || (fuzzed.provesBody && !delivery.body.equals(body));
};

/** Makes the request of a plan, signed now. */
export const buildRequest = (plan: FuzzPlan, senders: readonly FuzzedSender[]): FuzzRequest => {
  const fuzzed = pick(senders, plan.sender);
  const { sender, secret } = fuzzed;
  const genuine = pick(fuzzed.samples, plan.sample);
  const sample = plan.signsEdits ? { ...genuine, body: editBody(genuine.body, plan.bodyEdits) } : genuine;
  const delivery = sender.sign({ sample, deliveryId: randomUUID(), secret, form: false, nowMs: Date.now() });
  const body = plan.signsEdits ? delivery.body : editBody(delivery.body, plan.bodyEdits);
  const headers = editHeaders(Object.entries(delivery.headers), plan.headerEdits);
  const from = `127.${plan.from.join('.')}`;
  if (plan.target.kind === 'other') {
    const { method, path } = plan.target;
    return { method, path, headers, body, from, isForged: false };
  }
  const path = `/api/webhooks/${sender.provider}${plan.target.query}`;
  return { method: 'POST', path, headers, body, from, isForged: isForged({ delivery, fuzzed, headers, body }) };
};
