import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blockedPortsError, readPorts } from '../../../../local/commands/stack/port-options.js';
import { findPortOwner } from '../../../../local/stack/port-owner.js';
import { defaultPorts, findFreePort, findUnavailablePorts } from '../../../../local/stack/ports.js';

let holder: Server;
let taken: number;

beforeEach(async () => {
  holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  taken = typeof address === 'object' && address !== null ? address.port : 0;
});

afterEach(() => holder.close());

const free = { host: 0, 'blob-storage': 0, 'service-bus': 0, 'key-vault': 0 };

describe('ports', () => {
  it('each can be given, and "--port auto" stands for all that are not', () => {
    expect(readPorts({})).toEqual(defaultPorts);
    expect(readPorts({ port: '8080' })).toEqual({ ...defaultPorts, host: 8080 });
    expect(readPorts({ port: 'auto', 'vault-port': '9443' })).toEqual({ ...free, 'key-vault': 9443 });
    expect(readPorts({ 'blob-port': 'auto' })).toEqual({ ...defaultPorts, 'blob-storage': 0 });
  });

  it('what is no port is refused by the name of its option', () => {
    for (const wrong of ['0', '65536', 'x', '', '-1', '70 71'])
      expect(() => readPorts({ 'blob-port': wrong })).toThrow(`--blob-port "${wrong}" is neither a port`);
  });

  it('one that is taken, or given twice, is found before anything starts', async () => {
    const other = await findFreePort();
    const ports = { ...free, host: taken, 'blob-storage': other, 'service-bus': other };

    expect(await findUnavailablePorts(ports, ['host', 'blob-storage', 'service-bus', 'key-vault'])).toEqual([
      { holder: 'host', port: taken, reason: 'taken' },
      { holder: 'blob-storage', port: other, reason: 'given-twice' },
      { holder: 'service-bus', port: other, reason: 'given-twice' },
    ]);
  });

  it('a port that is not needed may be taken', async () => {
    expect(await findUnavailablePorts({ ...free, host: taken }, ['blob-storage'])).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('the process that has a port is known', async () => {
    const client = connect(taken, '127.0.0.1');
    await once(client, 'connect');

    const owner = await findPortOwner(taken);
    const nobody = await findPortOwner(await findFreePort());
    const notListening = await findPortOwner(client.localPort ?? 0);
    client.destroy();

    expect(owner).toMatchObject({ pid: process.pid, command: expect.stringContaining('node') });
    expect([nobody, notListening]).toEqual([undefined, undefined]);
  });

  it('a taken port is named with who has it and the ways out', () => {
    const owner = { pid: 42, command: 'nginx: master' };
    const error = blockedPortsError(
      [
        { holder: 'blob-storage', port: 10_000, reason: 'taken', owner },
        { holder: 'key-vault', port: 8443, reason: 'taken', owner: undefined },
      ],
      'emulators',
    );

    expect(error.message).toBe(
      'Port 10000 for Blob Storage is taken by process 42: nginx: master\nPort 8443 for Key Vault is taken by another program',
    );
    expect(error.advice).toEqual([
      'Use other ports: npm run emulators -- --blob-port <port> --vault-port <port>',
      'Use free ones for everything: npm run emulators -- --port auto',
      'Or stop what has them',
    ]);
  });
});
