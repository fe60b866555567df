import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../local/faults/start-fault-proxy.js';
import { Client, type EchoServer, portOf, startEcho } from './tcp.js';

let target: EchoServer;
let proxy: FaultProxy;
let clients: Client[] = [];

const connected = async (): Promise<Client> => {
  const client = new Client(proxy.port);
  clients.push(client);
  await once(client.socket, 'connect');
  return client;
};

const talking = async (): Promise<Client> => {
  const client = await connected();
  await client.echo('hello');
  return client;
};

/** What the proxy had passed on before has been heard and answered by its end. */
const roundTripBesideIt = async (): Promise<void> => {
  const client = new Client(target.port);
  clients.push(client);
  for (const letter of 'there') await client.echo(letter);
};

beforeEach(async () => {
  target = await startEcho();
  proxy = await startFaultProxy({ name: 'blob-storage', listenPort: 0, targetPort: target.port });
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  clients = [];
  await proxy.close();
  target.close();
});

describe('fault proxy: its port', () => {
  test('fault proxy: no system gives its port to somebody else while it refuses connections', async () => {
    await proxy.setFault({ kind: 'refuse' });

    // IANA's range of ports to give away begins at 49152, Linux's at 32768.
    expect(proxy.port).toBeLessThan(32_768);
    expect(proxy.port).toBeGreaterThan(1_024);
  });
});

describe('fault proxy: counting', () => {
  test('fault proxy: counts what comes to it, whatever it does to it', async () => {
    await talking();
    await proxy.setFault({ kind: 'reset' });
    const reset = new Client(proxy.port);
    await reset.ended;

    expect(proxy.traffic).toEqual({ connections: 2, pieces: 1 });
  });
});

describe('fault proxy: none', () => {
  test('fault proxy: passes everything on, both ways, byte for byte', async () => {
    const sent = randomBytes(8 * 1024 * 1024);
    const client = await connected();

    client.socket.end(sent);
    const outcome = await client.ended;

    expect(outcome).toBe('end');
    expect(client.received.equals(sent)).toBe(true);
  });

  test('fault proxy: a target that does not read holds the client up, and the proxy does not fill its memory', async () => {
    const deaf = createServer((socket) => void socket.pause()).listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const before = await startFaultProxy({ name: 'deaf', listenPort: 0, targetPort: portOf(deaf) });
    const client = new Client(before.port);
    clients.push(client);

    client.socket.write(Buffer.alloc(64 * 1024 * 1024));
    await delay(300);

    expect(client.socket.writableLength).toBeGreaterThan(0);
    await before.close();
    deaf.close();
  });

  test('fault proxy: a target that is not there resets the connection', async () => {
    target.close();
    const client = new Client(proxy.port);

    expect(await client.ended).toBe('ECONNRESET');
  });

  test('fault proxy: a target that goes away takes the connection with it', async () => {
    const client = await talking();
    target.close();

    expect(await client.ended).toMatch(/ECONNRESET|end/);
  });

  test('fault proxy: a taken port is named in the error', async () => {
    const starting = startFaultProxy({ name: 'x', listenPort: proxy.port, targetPort: target.port });

    await expect(starting).rejects.toMatchObject({ code: 'EADDRINUSE', port: proxy.port });
  });
});

describe('fault proxy: refuse', () => {
  test('fault proxy: refuse resets what is open and refuses what is new, until it is over', async () => {
    const open = await talking();
    await proxy.setFault({ kind: 'refuse' });
    const late = new Client(proxy.port);

    expect([await open.ended, await late.ended]).toEqual(['ECONNRESET', 'ECONNREFUSED']);

    await proxy.setFault({ kind: 'none' });
    expect(await (await connected()).echo('again')).toBe('again');
  });

  test('fault proxy: a port that someone took meanwhile is taken back as soon as it is free', async () => {
    await proxy.setFault({ kind: 'refuse' });
    const squatter = createServer().listen(proxy.port, '127.0.0.1');
    await once(squatter, 'listening');

    const restored = proxy.setFault({ kind: 'none' });
    const early = await Promise.race([restored.then(() => 'restored'), delay(120, 'waiting')]);
    squatter.close();
    await restored;

    expect(early).toBe('waiting');
    expect(await (await connected()).echo('mine again')).toBe('mine again');
  });

  test('fault proxy: of many changes in a row the last one holds', async () => {
    const changes = (['refuse', 'none', 'refuse', 'hang', 'refuse', 'none'] as const).map((kind) =>
      proxy.setFault({ kind }),
    );
    await Promise.all(changes);

    expect(proxy.fault).toEqual({ kind: 'none' });
    expect(await (await connected()).echo('here')).toBe('here');
  });

  test('fault proxy: refuse holds from the moment it is set', async () => {
    const changed = proxy.setFault({ kind: 'refuse' });
    const late = new Client(proxy.port);
    await changed;

    expect(await late.ended).toBe('ECONNREFUSED');
  });

  test('fault proxy: refused again before its port was back, it stays refused', async () => {
    await proxy.setFault({ kind: 'refuse' });
    await Promise.all([proxy.setFault({ kind: 'none' }), delay(0).then(() => proxy.setFault({ kind: 'refuse' }))]);
    await proxy.setFault({ kind: 'refuse' });

    expect(await new Client(proxy.port).ended).toBe('ECONNREFUSED');
  });

  test('fault proxy: closed while it waits for its port, it stops waiting', async () => {
    await proxy.setFault({ kind: 'refuse' });
    const squatter = createServer().listen(proxy.port, '127.0.0.1');
    await once(squatter, 'listening');
    const restored = proxy.setFault({ kind: 'none' });

    await proxy.close();
    await restored;

    squatter.close();
    expect(await new Client(proxy.port).ended).toBe('ECONNREFUSED');
  });
});

describe('fault proxy: reset', () => {
  test('fault proxy: reset breaks open and new connections, until it is over', async () => {
    const open = await talking();
    await proxy.setFault({ kind: 'reset' });
    const late = new Client(proxy.port);

    expect([await open.ended, await late.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);

    await proxy.setFault({ kind: 'none' });
    expect(await (await connected()).echo('again')).toBe('again');
  });
});

describe('fault proxy: hang', () => {
  test('fault proxy: hang accepts, swallows and never answers, on open and new connections', async () => {
    const open = await talking();
    await proxy.setFault({ kind: 'hang' });
    const late = await connected();

    open.socket.write('anyone?');
    late.socket.write('anyone?');
    await expect.poll(() => proxy.traffic.pieces).toBe(3);
    await roundTripBesideIt();

    expect([open.received.toString('utf8'), late.received.length]).toEqual(['hello', 0]);
    expect([open.socket.readyState, late.socket.readyState]).toEqual(['open', 'open']);
    expect(target.heardBytes).toBe(10);
  });

  test('fault proxy: when it is over, connections that lost something are reset and idle ones go on', async () => {
    const idle = await talking();
    const robbed = await talking();
    await proxy.setFault({ kind: 'hang' });
    robbed.socket.write('anyone?');
    await expect.poll(() => proxy.traffic.pieces).toBe(3);
    await proxy.setFault({ kind: 'none' });

    expect(await robbed.ended).toBe('ECONNRESET');
    expect(await idle.echo('still here')).toBe('still here');
    expect(await (await connected()).echo('new')).toBe('new');
  });

  test('fault proxy: a client that gives up on a hanging proxy is let go', async () => {
    await proxy.setFault({ kind: 'hang' });
    const client = await connected();
    client.socket.write('anyone?');

    client.socket.end();

    expect(await client.ended).toBe('ECONNRESET');
  });
});

describe('fault proxy: slow', () => {
  test('fault proxy: slow delays what a client says, once, and keeps its order', async () => {
    const client = await talking();
    await proxy.setFault({ kind: 'slow', delayMs: 1_500 });

    const startedMs = performance.now();
    const answer = await client.echo('one two three');
    const tookMs = performance.now() - startedMs;

    expect(answer).toBe('one two three');
    expect(tookMs).toBeGreaterThanOrEqual(1_499);
    expect(tookMs).toBeLessThan(2_999);
  });

  test('fault proxy: back to normal, nothing overtakes what was still on its way', async () => {
    const client = await talking();
    await proxy.setFault({ kind: 'slow', delayMs: 100 });
    client.socket.write('first ');
    await expect.poll(() => proxy.traffic.pieces).toBe(2);
    await proxy.setFault({ kind: 'none' });

    client.socket.write('second');

    await expect.poll(() => client.received.toString('utf8')).toBe('hellofirst second');
  });

  test('fault proxy: a slow connection delivers all it was given, however much, before it ends', async () => {
    const sent = randomBytes(4 * 1024 * 1024);
    await proxy.setFault({ kind: 'slow', delayMs: 50 });
    const client = await connected();

    client.socket.end(sent);

    expect(await client.ended).toBe('end');
    expect(client.received.equals(sent)).toBe(true);
  });
});

describe('fault proxy: drop-after', () => {
  test('fault proxy: drop-after lets so many bytes through and then resets', async () => {
    await proxy.setFault({ kind: 'drop-after', bytes: 1_000 });
    const client = await connected();

    client.socket.write(randomBytes(5_000));

    expect(await client.ended).toBe('ECONNRESET');
    await expect.poll(() => target.openConnections).toBe(0);
    expect(target.heardBytes).toBe(1_000);
  });

  test('fault proxy: drop-after counts both ways, per connection, from when it was set', async () => {
    const client = await talking();
    await proxy.setFault({ kind: 'drop-after', bytes: 10 });

    await client.echo('12345');
    const other = await connected();
    await other.echo('12345');
    client.socket.write('6');

    expect(await client.ended).toBe('ECONNRESET');
    expect(other.socket.readyState).toBe('open');
  });

  test('fault proxy: drop-after lets nothing through behind the last byte, of what was delayed before it neither', async () => {
    await proxy.setFault({ kind: 'slow', delayMs: 1_000 });
    const client = await connected();
    for (const pieces of [1, 2, 3]) {
      client.socket.write(randomBytes(100));
      await expect.poll(() => proxy.traffic.pieces, { interval: 1 }).toBe(pieces);
    }
    const allDueMs = performance.now() + 1_000;

    await proxy.setFault({ kind: 'drop-after', bytes: 10 });
    while (performance.now() < allDueMs) Math.sqrt(2);

    expect(await client.ended).toBe('ECONNRESET');
    await expect.poll(() => target.openConnections).toBe(0);
    expect(target.heardBytes).toBe(10);
  });

  test('fault proxy: drop-after 0 lets nothing through', async () => {
    await proxy.setFault({ kind: 'drop-after', bytes: 0 });
    const client = await connected();

    client.socket.write('x');

    expect(await client.ended).toBe('ECONNRESET');
    expect(target.heardBytes).toBe(0);
  });
});

describe('fault proxy: close', () => {
  test('fault proxy: closing it resets what is open, whatever the fault', async () => {
    const open = await talking();
    await proxy.setFault({ kind: 'hang' });

    await proxy.close();

    expect(await open.ended).toBe('ECONNRESET');
    expect(await new Client(proxy.port).ended).toBe('ECONNREFUSED');
  });
});
