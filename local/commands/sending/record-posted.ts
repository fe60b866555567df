import type { Sender } from '../../senders/sender.js';
import { createControlClient } from '../../stack/control-client.js';
import type { StackRecord } from '../../stack/stack-record.js';
import type { HistoryName } from '../../stack/stand-ins.js';
import type { Posted } from './deliverer.js';

const historyOf = (stack: StackRecord | undefined, provider: string): HistoryName | undefined => {
  if (provider === 'github' && stack?.githubApi !== undefined) return 'github-api';
  return provider === 'gitlab' && stack?.gitlabApi !== undefined ? 'gitlab-api' : undefined;
};

/** GitHub and GitLab keep a history of what they send, and so do their stand-ins, when the stack has them. */
export const recordPosted = (
  stack: StackRecord | undefined,
  { provider }: Sender,
): ((posted: Posted) => Promise<void>) | undefined => {
  const history = historyOf(stack, provider);
  if (stack === undefined || history === undefined) return undefined;
  const control = createControlClient(stack.control);
  return ({ deliveryId, sample: { event, action }, url, sent: { headers, body }, outcome }) =>
    control.recordDelivery(history, {
      id: deliveryId,
      event: action === undefined ? event : `${event}.${action}`,
      status: outcome.kind === 'answered' ? outcome.status : 502,
      url: url.href,
      headers: { ...headers },
      body: body.toString('base64'),
    });
};
