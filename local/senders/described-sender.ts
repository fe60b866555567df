import { eventName } from '../../src/providers/describe-event.js';
import type { Provider } from '../../src/providers/provider.js';
import type { DeliveryToSign, Sample, Sender, SignedDelivery } from './sender.js';
import { signingScheme, signRequest } from './sign-request.js';

/** Each sending is a delivery of its own: what its sender makes anew each time is written `{deliveryId}`, `{now}` and `"{nowMs}"`. */
const fillIn = (text: string, { deliveryId, nowMs }: Pick<DeliveryToSign, 'deliveryId' | 'nowMs'>): string =>
  text
    .replaceAll('{deliveryId}', deliveryId)
    .replaceAll('{now}', new Date(nowMs).toISOString())
    .replaceAll('"{nowMs}"', String(nowMs));

const isBelow = (event: string, name: string | undefined): boolean => `${event}.`.startsWith(`${name}.`);

/** The headers of another event, where the one that names it names this one. */
const renamed = (headers: Sample['headers'], from: string, to: string): Sample['headers'] =>
  Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [name, isBelow(from, eventName(value)) ? to : value]),
  );

/** Some senders say in headers what a body from a file does not: those of a sample of that event, else of any other. */
const headersFor = (sample: Sample, samples: readonly Sample[]): Sample['headers'] => {
  const [any] = samples;
  const same = samples.find(({ event }) => isBelow(event, sample.event));
  return sample.headers ?? same?.headers ?? renamed(any?.headers, any?.event ?? '', sample.event);
};

const proofOf = ({ signing, bodyTimestamp }: Provider, secret: string): ReturnType<Sender['proves']> => {
  const scheme = signingScheme(signing, secret);
  const isTimed = scheme !== undefined && 'timestamp' in scheme && scheme.timestamp?.toleranceSeconds !== undefined;
  return { body: scheme?.kind === 'hmac' || scheme?.kind === 'ed25519', time: isTimed || bodyTimestamp !== undefined };
};

const headerOf = (scheme: Provider['signing'][number]): string =>
  scheme.kind === 'basic' ? 'Authorization' : scheme.header;

/** Plays a provider from its own description: signs as it verifies. */
export const describedSender = (provider: Provider, samples: () => readonly Sample[]): Sender => {
  const sign = (delivery: DeliveryToSign): SignedDelivery => {
    const { sample, deliveryId, secret, nowMs } = delivery;
    const body = Buffer.from(fillIn(sample.body.toString('utf8'), delivery));
    const own = Object.entries(headersFor(sample, samples()) ?? {}).map(([name, value]) => [
      name,
      fillIn(value, delivery),
    ]);
    return {
      body,
      headers: {
        'Content-Type': sample.contentType ?? 'application/json',
        ...Object.fromEntries(own),
        ...signRequest({ schemes: provider.signing, body, deliveryId, secret, nowMs }),
      },
    };
  };
  return {
    provider: provider.name,
    signatureHeaders: provider.signing.map(headerOf),
    proves: (secret) => proofOf(provider, secret),
    samples,
    sign,
  };
};
