import type { FaultReason } from '../faults/fault-reason.js';

/** The dependencies by the names of their breakers; none of them is optional in the report. */
export const services = ['service-bus', 'blob-storage', 'key-vault'] as const;
export type Service = (typeof services)[number];

interface Facts {
  readonly name: string;
  /** Where its address stands. */
  readonly setting: string;
  readonly access: string;
  readonly missing: string;
}

const facts: Readonly<Record<Service, Facts>> = {
  'service-bus': {
    name: 'Service Bus',
    setting: 'ServiceBus__fullyQualifiedNamespace (or ServiceBus)',
    access:
      "has the role Azure Service Bus Data Sender on every bot's queue, and Sender and Receiver on webhook-archive-backlog, or that the key in ServiceBus is right",
    missing:
      'A queue is missing. Deploy infra/ again: it makes the queues that bots.json names, and webhook-archive-backlog.',
  },
  'blob-storage': {
    name: 'Blob Storage',
    setting: 'PayloadStorage__blobServiceUri (or PayloadStorage)',
    access: 'has the role Storage Blob Data Contributor on the account, or that the key in PayloadStorage is right',
    missing: 'A container is missing, and the app may not make it. Deploy infra/ again, or make the container by hand.',
  },
  'key-vault': {
    name: 'Key Vault',
    setting: 'KeyVault__vaultUri',
    access: 'has the role Key Vault Secrets User on the vault',
    missing: 'The vault does not know what it was asked for. Look at the checks of the secrets.',
  },
};

/** What to do about a dependency that fails for this reason. One sentence or two, for whoever is on call. */
export const adviceFor = (service: Service, reason: FaultReason): string => {
  const { name, setting, access, missing } = facts[service];
  switch (reason) {
    case 'unauthorized':
      return `${name} refuses the app. Check that its identity ${access}, and that no firewall of ${name} keeps it out.`;
    case 'throttled':
      return `${name} asks for fewer requests. Look at its throttling metrics, and raise its tier or capacity.`;
    case 'timeout':
      return `${name} does not answer in time. Look at Azure Service Health, then at the network between the app and it.`;
    case 'unreachable':
      return `Nothing answers at the address of ${name}. Check ${setting}, then private endpoints, DNS and firewalls.`;
    case 'host-not-found':
      return `The host name of ${name} is not known. Check ${setting}, then the private DNS zone.`;
    case 'certificate':
      return `The TLS certificate of ${name} is not trusted. Check ${setting}, and what stands between the app and it.`;
    case 'server-error':
      return `${name} reports an internal error. Look at Azure Service Health; events that arrive meanwhile are kept.`;
    case 'not-found':
      return missing;
    case 'disabled':
      return `${name} says that it is disabled. Enable it in the portal.`;
    case 'full':
      return `${name} is full. Let the bots drain it, or raise its size.`;
    case 'too-large':
    case 'refused':
      return `${name} rejects requests as invalid. Look at the log for the deliveries it concerns.`;
    case 'unexpected-answer':
      return `What answers at the address of ${name} is something else. Check ${setting}, then proxies and firewalls that answer in its place.`;
    case 'internal':
      return 'This is a bug in Breakwater. Please report it with the log.';
    case 'unknown':
      return `Look at the log around the last failure, and at the diagnostics of ${name}.`;
  }
};

/** What to do about one queue. What its bot is owed waits in the outbox. */
export const adviceForQueue = (queue: string, reason: FaultReason): string => {
  switch (reason) {
    case 'not-found':
      return `The queue ${queue} does not exist. Deploy infra/ again, or take its bot out of bots.json.`;
    case 'disabled':
      return `The queue ${queue} is disabled. Set its status to Active.`;
    case 'full':
      return `The queue ${queue} is full. Start its bot and let it drain the queue, or raise the queue's size.`;
    case 'unauthorized':
      return `The app may not send to ${queue}. Give its identity the role Azure Service Bus Data Sender on this queue.`;
    default:
      return adviceFor('service-bus', reason);
  }
};

export const serviceName = (service: Service): string => facts[service].name;
