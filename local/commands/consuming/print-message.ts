import type { ServiceBusReceivedMessage } from '@azure/service-bus';
import { paint } from '../terminal/paint.js';
import { messageJson, messageLines, payloadOf } from './show-message.js';

/** How messages are printed: for people, as JSON, or their payloads alone. */
export interface PrintChoice {
  readonly json: boolean;
  readonly payload: boolean;
}

/** Prints one message to standard output; with `payload`, the sender's bytes as they are and a line feed. */
export const printMessage = (message: ServiceBusReceivedMessage, { json, payload }: PrintChoice): void => {
  if (json) console.log(messageJson(message));
  else for (const line of messageLines(message)) console.log(line);
  if (!payload) return;
  const bytes = payloadOf(message);
  if (bytes === undefined) console.log(paint.quiet('  (the payload is not in the message)'));
  else process.stdout.write(Buffer.concat([bytes, Buffer.from('\n')]));
};
