import { once } from 'node:events';
import { createServer } from 'node:net';

/** What listens on a port of its own. */
export type PortHolder = 'host' | 'blob-storage' | 'service-bus' | 'key-vault';

/** The public ports of the stack; 0 takes a free one. */
export type StackPorts = Readonly<Record<PortHolder, number>>;

/** Where everything listens unless told otherwise, so that anyone can script against it. */
export const defaultPorts: StackPorts = { host: 7071, 'blob-storage': 10_000, 'service-bus': 5672, 'key-vault': 8443 };

/** Why a port cannot be had: someone listens on it, two parts were given the same one, or the system forbids it. */
export interface UnavailablePort {
  readonly holder: PortHolder;
  readonly port: number;
  readonly reason: 'taken' | 'given-twice' | 'forbidden';
}

/** Listens on 127.0.0.1 for a moment. Answers the port (the one found, for 0), or the code of the error. */
const tryPort = async (port: number): Promise<number | string> => {
  const server = createServer();
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  } catch (fault) {
    return fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  } finally {
    server.close();
  }
};

/** A port of the loopback interface that was free a moment ago. */
export const findFreePort = async (): Promise<number> => {
  const found = await tryPort(0);
  if (typeof found === 'string') throw new Error(`No port of 127.0.0.1 can be listened on: ${found}`);
  return found;
};

const checkPort = async (holder: PortHolder, port: number, ports: StackPorts): Promise<readonly UnavailablePort[]> => {
  if (port === 0) return [];
  if (Object.values(ports).filter((other) => other === port).length > 1)
    return [{ holder, port, reason: 'given-twice' }];
  const result = await tryPort(port);
  if (typeof result === 'number') return [];
  return [{ holder, port, reason: result === 'EADDRINUSE' ? 'taken' : 'forbidden' }];
};

/** Which of the wanted ports cannot be listened on; all are tried, so that everything wrong is said at once. */
export const findUnavailablePorts = async (
  ports: StackPorts,
  holders: readonly PortHolder[],
): Promise<readonly UnavailablePort[]> =>
  (await Promise.all(holders.map((holder) => checkPort(holder, ports[holder], ports)))).flat();
