import type { ExactReply } from './provider.js';

/** 200 without a body: the sender would show, or try to understand, whatever stood there. */
export const emptyReply: ExactReply = { status: 200, body: '' };

/** 204, which has no body. */
export const noContentReply: ExactReply = { status: 204, body: '' };

/** 200 with plain text. */
export const textReply = (body: string): ExactReply => ({ status: 200, contentType: 'text/plain', body });

/** 200 with JSON. */
export const jsonReply = (value: unknown): ExactReply => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify(value),
});
