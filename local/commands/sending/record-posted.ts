import type { Sender } from '../../senders/sender.js';
import { createControlClient } from '../../stack/control-client.js';
import type { StackRecord } from '../../stack/stack-record.js';
import type { Posted } from './deliverer.js';

/** GitHub keeps a history of what it sends: so does its stand-in, where the stack has one. */
export const recordPosted = (
  stack: StackRecord | undefined,
  { provider }: Sender,
): ((posted: Posted) => Promise<void>) | undefined => {
  if (stack?.githubApi === undefined || provider !== 'github') return undefined;
  const control = createControlClient(stack.control);
  return ({ deliveryId, sample: { event, action }, url, sent: { headers, body }, outcome }) =>
    control.recordDelivery({
      guid: deliveryId,
      event: action === undefined ? event : `${event}.${action}`,
      status: outcome.kind === 'answered' ? outcome.status : 502,
      url: url.href,
      headers: { ...headers },
      body: body.toString('base64'),
    });
};
