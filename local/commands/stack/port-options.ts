import type { PortOwner } from '../../stack/port-owner.js';
import { defaultPorts, type PortHolder, type StackPorts, type UnavailablePort } from '../../stack/ports.js';
import { CommandError } from '../terminal/command-error.js';
import type { CommandOptions } from '../terminal/run-command.js';

/** Options for the ports of the dependencies. */
export const dependencyPortOptions = {
  'blob-port': { type: 'string', value: 'port', help: 'Blob Storage (default: 10000), or auto' },
  'service-bus-port': { type: 'string', value: 'port', help: 'Service Bus (default: 5672), or auto' },
  'vault-port': { type: 'string', value: 'port', help: 'Key Vault (default: 8443), or auto' },
} as const satisfies CommandOptions;

const optionOf: Readonly<Record<PortHolder, string>> = {
  host: 'port',
  'blob-storage': 'blob-port',
  'service-bus': 'service-bus-port',
  'key-vault': 'vault-port',
};

const titleOf: Readonly<Record<PortHolder, string>> = {
  host: 'the Functions host',
  'blob-storage': 'Blob Storage',
  'service-bus': 'Service Bus',
  'key-vault': 'Key Vault',
};

export interface PortValues {
  readonly port?: string | undefined;
  readonly 'blob-port'?: string | undefined;
  readonly 'service-bus-port'?: string | undefined;
  readonly 'vault-port'?: string | undefined;
}

const parsePort = (option: string, text: string): number => {
  if (text === 'auto') return 0;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw new CommandError(`--${option} "${text}" is neither a port from 1 to 65535 nor "auto"`);
};

/** The wanted ports, 0 for a free one; `--port auto` stands for all that are not given. Throws `CommandError`. */
export const readPorts = (values: PortValues): StackPorts => {
  const all = values.port === 'auto';
  const read = (holder: PortHolder, text: string | undefined): number => {
    if (text !== undefined) return parsePort(optionOf[holder], text);
    return all ? 0 : defaultPorts[holder];
  };
  return {
    host: read('host', values.port),
    'blob-storage': read('blob-storage', values['blob-port']),
    'service-bus': read('service-bus', values['service-bus-port']),
    'key-vault': read('key-vault', values['vault-port']),
  };
};

/** A port that cannot be had, and who has it where that can be known. */
export type BlockedPort = UnavailablePort & { readonly owner: PortOwner | undefined };

const describeBlocked = ({ holder, port, reason, owner }: BlockedPort): string => {
  const what = `Port ${port} for ${titleOf[holder]}`;
  switch (reason) {
    case 'given-twice':
      return `${what} is given to another part too`;
    case 'forbidden':
      return `${what} may not be listened on by this user`;
    case 'taken':
      return owner === undefined
        ? `${what} is taken by another program`
        : `${what} is taken by process ${owner.pid}: ${owner.command}`;
  }
};

/** Says which ports are the trouble, who has them, and the ways out. */
export const blockedPortsError = (blocked: readonly BlockedPort[], command: string): CommandError => {
  const own = blocked.map(({ holder }) => `--${optionOf[holder]} <port>`).join(' ');
  const npm = command === 'start' ? 'npm start' : `npm run ${command}`;
  return new CommandError(
    blocked.map(describeBlocked).join('\n'),
    `Use other ports: ${npm} -- ${own}`,
    `Use free ones for everything: ${npm} -- --port auto`,
    'Or stop what has them',
  );
};
