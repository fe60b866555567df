import type { PostOutcome } from '../../senders/post-delivery.js';

/** What a signed probe found: it arrived at this very stack, or what stands in the way and what to do. */
export type Probe =
  | { readonly kind: 'arrived' }
  | { readonly kind: 'astray'; readonly what: string; readonly advice: string };

const astray = (what: string, advice: string): Probe => ({ kind: 'astray', what, advice });

const unanswered: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Start the tunnel, or npm start'],
  ENOTFOUND: ['there is no such host name', 'Copy the address that the tunnel has printed'],
  EAI_AGAIN: ['its name cannot be looked up now', 'Check the network, then the address'],
  ECONNRESET: ['the connection was cut', 'See what the tunnel says'],
  UND_ERR_CONNECT_TIMEOUT: ['nothing answers there', 'Start the tunnel, or check the address'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Senders would refuse it too: use another tunnel'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['its certificate is self-signed', 'Senders would refuse it too: use another tunnel'],
};

const fieldsOf = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

const refusals: Readonly<Record<string, readonly [what: string, advice: string]>> = {
  UnknownProvider: ['it arrived, but this sender is not switched on', 'Name it in PROVIDERS and start again'],
  SignatureInvalid: [
    'it arrived with another body or secret than it was sent with',
    'A tunnel must hand the body on as it is; the secret is that of the local vault',
  ],
};

const judgeAnswer = (status: number, text: string): Probe | { readonly kind: 'accepted'; readonly id: string } => {
  const { id, code, correlationId } = fieldsOf(text);
  if (status >= 200 && status < 300 && typeof id === 'string') return { kind: 'accepted', id };
  const known = typeof code === 'string' ? refusals[code] : undefined;
  if (known !== undefined) return astray(...known);
  if (status >= 300 && status < 400)
    return astray(`it was answered ${status}, which sends elsewhere`, 'Senders do not follow: give the final address');
  if (typeof correlationId === 'string')
    return astray(`it arrived and was answered ${status} (${code})`, 'Why: npm run health');
  const page = /<html|<!doctype/i.test(text) ? ' with a web page' : '';
  return astray(
    `it was answered ${status}${page}, by something that is not Breakwater`,
    'Point the tunnel at the port of npm start; a page that asks for a click keeps senders out too',
  );
};

/**
 * Judges what came of a probe. `isKnown` says whether the local stack has the event of this id: another Breakwater may have answered.
 */
export const judgeProbe = async (outcome: PostOutcome, isKnown: (id: string) => Promise<boolean>): Promise<Probe> => {
  if (outcome.kind === 'unanswered') {
    const [what, advice] = unanswered[outcome.reason] ?? [
      `no answer: ${outcome.reason}`,
      'Check the address and the tunnel',
    ];
    return astray(what, advice);
  }
  const judged = judgeAnswer(outcome.status, outcome.text);
  if (judged.kind !== 'accepted') return judged;
  if (await isKnown(judged.id)) return { kind: 'arrived' };
  return astray('another Breakwater has taken it, not this one', 'Point the tunnel at the port of this npm start');
};
