import { createHmac } from 'node:crypto';

/** A request ready to be posted. */
export interface SignedPing {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * A `ping` as github.com sends one when a hook is made: https://docs.github.com/webhooks/webhook-events-and-payloads#ping.
 * It goes only to bots that name it.
 */
export const signPing = ({
  secret,
  deliveryId,
}: {
  readonly secret: string;
  readonly deliveryId: string;
}): SignedPing => {
  const body = JSON.stringify({ zen: 'Keep it logically awesome.', hook_id: 0, hook: { type: 'Repository', id: 0 } });
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Breakwater-Verification',
      'x-github-event': 'ping',
      'x-github-delivery': deliveryId,
      'x-hub-signature-256': `sha256=${signature}`,
    },
  };
};
