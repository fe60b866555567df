import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import { type EventEnvelope, eventEnvelopeSchema } from '../../../src/envelope/event-envelope.js';
import { extractData } from '../../../src/envelope/extract-data.js';
import { type NormalizedEvent, normalize } from '../../../src/ingest/normalize.js';
import { eventsOf, type ReadEvent, readDelivery } from '../../../src/ingest/read-delivery.js';
import type { Provider } from '../../../src/providers/provider.js';
import { memberAt } from '../../../src/providers/read-member.js';
import { localProviderSecret } from '../../senders/local-provider-secret.js';
import type { Sender } from '../../senders/sender.js';
import type { PayloadFile } from './payload-files.js';

/** What became of one body: events with their envelopes, a challenge's answer, or why it is neither. */
export type PayloadCheck =
  | { readonly kind: 'events'; readonly envelopes: readonly EventEnvelope[] }
  | { readonly kind: 'challenge'; readonly answer: string }
  | { readonly kind: 'failed'; readonly reason: string };

const failed = (reason: string): PayloadCheck => ({ kind: 'failed', reason });

/** A body that says when it was sent is judged at that time. */
const sentAtMs = ({ bodyTimestamp }: Provider, body: Buffer): number => {
  if (bodyTimestamp === undefined) return Date.now();
  const json: unknown = JSON.parse(body.toString('utf8'));
  return Number(memberAt(json, ...bodyTimestamp.path) ?? Date.now());
};

const contentTypeOf = ({ batchType }: Provider, { name, body }: PayloadFile): string => {
  if (name.endsWith('.txt')) return 'application/x-www-form-urlencoded';
  return body.toString('latin1').trimStart().startsWith('[') ? (batchType ?? 'application/json') : 'application/json';
};

/** `pull-request-event.json` is about a `pull_request`: a guess for senders whose headers say what the body does not. */
const eventOf = ({ name }: PayloadFile): string => name.replace(/(-event)?(\.sample)?\.\w+$/, '').replaceAll('-', '_');

const context = {
  correlationId: 'payload-check',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  secretVersion: 'local',
};

const encoded = (event: NormalizedEvent): Buffer =>
  encodeEnvelope(event.attributes, { kind: event.payload.verbatimJson ? 'json' : 'binary', bytes: event.payload.body });

const envelopeOf = (provider: Provider, read: ReadEvent): EventEnvelope | string => {
  const event = normalize(provider, read, context);
  if (event.kind === 'rejected') return event.detail;
  const bytes = encoded(event);
  const data = extractData(bytes);
  if (data.kind === 'claim-check' || !data.bytes.equals(read.delivery.body)) return 'The payload’s bytes have changed.';
  return eventEnvelopeSchema.parse(JSON.parse(bytes.toString('utf8')));
};

const envelopesOf = (provider: Provider, reads: readonly ReadEvent[]): PayloadCheck => {
  const results = reads.map((read) => envelopeOf(provider, read));
  const reason = results.find((result) => typeof result === 'string');
  if (reason !== undefined) return failed(reason);
  return { kind: 'events', envelopes: results.filter((result) => typeof result !== 'string') };
};

/** Signs a body as its sender would, and takes it as far as the envelopes that bots would get. */
export const checkPayload = (provider: Provider, sender: Sender, file: PayloadFile): PayloadCheck => {
  const { stored, signing } = localProviderSecret(provider);
  const nowMs = sentAtMs(provider, file.body);
  const sample = { event: eventOf(file), body: file.body, contentType: contentTypeOf(provider, file) };
  const deliveryId = 'b16b00b5-0000-4000-8000-000000000001';
  const { headers, body } = sender.sign({ sample, deliveryId, secret: signing, form: false, nowMs });
  const delivery = { headers: new Headers({ ...headers, ...file.headers }), body, receivedAt: new Date(nowMs) };
  if (!provider.verify(delivery, stored, nowMs)) return failed('The signature does not verify.');
  const reading = readDelivery(provider, delivery, stored);
  switch (reading.kind) {
    case 'rejected':
      return failed(reading.detail);
    case 'challenge':
      return { kind: 'challenge', answer: reading.reply.body };
    case 'event':
      return envelopesOf(provider, [reading.event]);
    case 'batch':
      return envelopesOf(provider, eventsOf(reading.batch));
  }
};
