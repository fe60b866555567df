import { once } from 'node:events';
import rhea, { type EventContext, type Sender } from 'rhea';

/** The address that a client sends its claims to, and listens at for the answers. */
const claims = '$cbs';

/** Speaks AMQP 1.0 as far as a client that sends needs it: grants every claim, accepts every message at once, delivers none. */
export const startNullBroker = async (): Promise<number> => {
  const container = rhea.create_container({ id: 'null-broker' });
  const answers = new Map<unknown, Sender>();
  container.on('sender_open', ({ connection, sender }: EventContext) => {
    if (sender?.source.address === claims) answers.set(connection, sender);
  });
  container.on('disconnected', ({ connection }: EventContext) => answers.delete(connection));
  container.on('message', ({ connection, receiver, message }: EventContext) => {
    if (receiver?.target.address !== claims) return;
    answers.get(connection)?.send({
      body: '',
      ...(message?.message_id !== undefined && { correlation_id: message.message_id }),
      application_properties: { 'status-code': rhea.types.wrap_int(202), 'status-description': 'Accepted' },
    });
  });
  const server = container.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port');
  return address.port;
};
