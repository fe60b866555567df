import { app, type ServiceBusQueueFunctionOptions } from '@azure/functions';
import { createHandler } from './handler.js';
import { openArchive, openSeen } from './storage.js';

const { QUEUE = 'bot-merge-warden', SEEN_CONTAINER = 'seen-by-functions-bot' } = process.env;

const handler = createHandler({
  download: openArchive(process.env),
  seen: openSeen(process.env, SEEN_CONTAINER),
  // The bot's own work goes here.
  work: async ({ attributes }, payload, log) =>
    log(
      JSON.stringify({ id: attributes.id, type: attributes.type, subject: attributes.subject, bytes: payload.length }),
    ),
});

/** `dataType`, which the library's type does not know: the host hands the body on as bytes, which nobody has parsed before. */
const options: ServiceBusQueueFunctionOptions & { readonly dataType: 'binary' } = {
  connection: 'ServiceBus',
  queueName: QUEUE,
  isSessionsEnabled: true,
  dataType: 'binary',
  handler,
};

app.serviceBusQueue('bot', options);
