import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import type { TimerHandler } from '../../src/composition/observation.js';
import type { HttpHandler } from '../../src/http/receive-webhook.js';

export interface WebhookRequest {
  readonly provider?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The parsed JSON body, or `undefined` when it is not JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

const parseJson = (text: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Reads a handler's answer as its caller would see it. */
export const readReply = (reply: HttpResponseInit): Reply => {
  const body = reply.jsonBody === undefined ? String(reply.body ?? '') : JSON.stringify(reply.jsonBody);
  const headers = new Headers(reply.headers);
  return { status: reply.status ?? 200, headers: Object.fromEntries(headers), body, json: parseJson(body) };
};

/** Takes what is logged, a line at a time. */
export type OnLine = (line: string) => void;

const contextWith = (onLine: OnLine): InvocationContext =>
  new InvocationContext({
    functionName: 'test',
    invocationId: 'test',
    logHandler: (_, ...said) => onLine(said.join(' ')),
  });

const unread: OnLine = () => {};

/** Calls a handler with a real `HttpRequest` and `InvocationContext`, as the Functions worker does. */
export const callHandler = async (handler: HttpHandler, request: HttpRequest, onLine = unread): Promise<Reply> =>
  readReply(await handler(request, contextWith(onLine)));

/** Posts one delivery to `webhooks/{provider}`. */
export const postWebhook = (handler: HttpHandler, request: WebhookRequest, onLine = unread): Promise<Reply> => {
  const provider = request.provider ?? 'github';
  const http = new HttpRequest({
    method: 'POST',
    url: `http://localhost/api/webhooks/${provider}`,
    headers: { ...request.headers },
    params: { provider },
    body: { bytes: request.body },
  });
  return callHandler(handler, http, onLine);
};

/** Runs a timer's handler once, as the Functions worker does. */
export const runTimer = (handler: TimerHandler): Promise<void> =>
  handler(
    { isPastDue: false, schedule: { adjustForDST: true }, scheduleStatus: { last: '', next: '', lastUpdated: '' } },
    contextWith(unread),
  );
