import { queueDefinition } from '../../../local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../local/service-bus/start-service-bus.js';

/**
 * Runs a stand-in with one queue until it is killed, or told by any message to close; tells its parent the port. The
 * argument is the state directory.
 */
const [, , stateDirectory = ''] = process.argv;
const serviceBus = await startServiceBus({ port: 0, queues: [queueDefinition('plain')], stateDirectory });
process.once('message', async () => {
  await serviceBus.close();
  process.disconnect();
});
process.send?.(serviceBus.port);
