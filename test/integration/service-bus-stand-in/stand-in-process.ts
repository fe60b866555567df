import { queueDefinition } from '../../../src/local/service-bus/queue-definition.js';
import { startServiceBus } from '../../../src/local/service-bus/start-service-bus.js';

/** Runs a stand-in with one queue until it is killed; tells its parent the port. The argument is the state directory. */
const [, , stateDirectory = ''] = process.argv;
const { port } = await startServiceBus({ port: 0, queues: [queueDefinition('plain')], stateDirectory });
process.send?.(port);
