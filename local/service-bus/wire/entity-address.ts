import { coordinatorAddress } from './rhea-frames.js';

/** What an AMQP address of Service Bus points at. */
export type EntityAddress =
  | { readonly kind: 'cbs' }
  | { readonly kind: 'coordinator' }
  | { readonly kind: 'queue'; readonly queue: string; readonly deadLetters: boolean }
  | { readonly kind: 'management'; readonly queue: string; readonly deadLetters: boolean };

const scheme = /^[a-z]+:\/\/[^/]*\//i;
const deadLetterQueue = '$deadletterqueue';

/** Reads `$cbs`, `{queue}`, `{queue}/$deadletterqueue` and either with `/$management`, in any case. */
export function entityAddress(address: string): EntityAddress {
  const segments = address.replace(scheme, '').split('/').filter(Boolean);
  if (segments.length === 1 && segments[0]?.toLowerCase() === '$cbs') return { kind: 'cbs' };
  if (segments.length === 1 && segments[0] === coordinatorAddress) return { kind: 'coordinator' };
  const kind = segments.at(-1)?.toLowerCase() === '$management' ? 'management' : 'queue';
  if (kind === 'management') segments.pop();
  const deadLetters = segments.at(-1)?.toLowerCase() === deadLetterQueue;
  if (deadLetters) segments.pop();
  return { kind, queue: segments.join('/'), deadLetters };
}
