import { queueDefinitionsFor } from '../local/service-bus/queue-definition.js';
import { readBots } from '../src/settings/read-bots.js';

/** https://learn.microsoft.com/azure/service-bus-messaging/overview-emulator: what it allows less than Azure does. */
export const emulatorLimits = {
  queues: 50,
  deliveries: 10,
  duplicateWindow: 'PT5M',
  timeToLive: 'PT1H',
  namespace: 'sbemulatorns',
} as const;

const queueOf = ({ name, requiresSession, maxDeliveryCount }: ReturnType<typeof queueDefinitionsFor>[number]) => ({
  Name: name,
  Properties: {
    DeadLetteringOnMessageExpiration: true,
    DefaultMessageTimeToLive: emulatorLimits.timeToLive,
    DuplicateDetectionHistoryTimeWindow: emulatorLimits.duplicateWindow,
    ForwardDeadLetteredMessagesTo: '',
    ForwardTo: '',
    LockDuration: 'PT1M',
    MaxDeliveryCount: Math.min(maxDeliveryCount, emulatorLimits.deliveries),
    RequiresDuplicateDetection: true,
    RequiresSession: requiresSession,
  },
});

/**
 * The configuration of Microsoft's Service Bus emulator: the queues that the text of `bots.json` needs, within the emulator's limits.
 * Throws `RangeError` for more queues than it takes, and `TypeError` for a file that cannot be read.
 */
export const emulatorConfig = (botsText: string): string => {
  const reading = readBots(botsText);
  if (!reading.ok) throw new TypeError(`bots.json: ${JSON.stringify(reading.problems)}`);
  const queues = queueDefinitionsFor(reading.bots).map(queueOf);
  if (queues.length > emulatorLimits.queues)
    throw new RangeError(`bots.json needs ${queues.length} queues, and the emulator takes ${emulatorLimits.queues}`);
  const config = {
    UserConfig: {
      Namespaces: [{ Name: emulatorLimits.namespace, Queues: queues, Topics: [] }],
      Logging: { Type: 'Console' },
    },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
};
