import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { verify } from '@octokit/webhooks-methods';

/** One message as the handler gives it to the SDK, which makes JSON of its body. */
export interface WebhookMessage {
  readonly body: unknown;
  readonly messageId: string;
  readonly subject: string;
  readonly contentType: string;
}

export interface ByHandPorts {
  readonly secret: string;
  readonly upload: (name: string, bytes: Buffer) => Promise<unknown>;
  readonly send: (message: WebhookMessage) => Promise<unknown>;
}

/** Below the 256 KB of Service Bus's Standard tier, with room for the other members. */
const maxInlineCharacters = 190_000;

interface GithubWebhook {
  readonly action?: string;
  readonly repository?: { readonly full_name?: string };
}

/**
 * The handler that people write: verify, parse, store, send, one after the other, with a claim check for what no message
 * holds. No breaker, no deadline, no outbox; whatever fails becomes a 500.
 */
export const createByHandHandler =
  ({ secret, upload, send }: ByHandPorts) =>
  async (request: HttpRequest, context: InvocationContext): Promise<HttpResponseInit> => {
    const text = await request.text();
    const signature = request.headers.get('x-hub-signature-256') ?? '';
    if (text === '' || signature === '' || !(await verify(secret, text, signature))) return { status: 401 };

    const payload: GithubWebhook = JSON.parse(text);
    const event = request.headers.get('x-github-event') ?? 'unknown';
    const id = request.headers.get('x-github-delivery') ?? crypto.randomUUID();
    const receivedAt = new Date().toISOString();
    const type = payload.action === undefined ? `github.${event}` : `github.${event}.${payload.action}`;

    const blobName = `github/${receivedAt.slice(0, 10)}/${id}.json`;
    await upload(blobName, Buffer.from(text));
    const content = text.length > maxInlineCharacters ? { blobName } : { payload };
    await send({
      body: { id, type, repository: payload.repository?.full_name, receivedAt, ...content },
      messageId: id,
      subject: type,
      contentType: 'application/json',
    });
    context.log(`Accepted ${type} ${id}`);
    return { status: 202, jsonBody: { id, status: 'accepted' } };
  };
