import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discardBody } from '../../../../../local/functions-host/http/read-body.js';
import { ManualClock } from '../../../../support/manual-clock.js';

describe('a body whose answer is already known', () => {
  let clock: ManualClock;
  let server: Server;
  let port: number;

  beforeEach(async () => {
    clock = new ManualClock();
    server = createServer((request, response) => {
      response.writeHead(413, { 'content-length': '0' }).end();
      discardBody(request, clock);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address !== null ? address.port : 0;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const send = async (body: string) => {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n${body}`);
    const [answer]: Buffer[] = await once(socket, 'data');
    return { socket, answer: String(answer) };
  };

  test('is read to its end, and the connection lives on', async () => {
    const { socket, answer } = await send('half.');
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);

    socket.write('.half');
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n');
    const [second]: Buffer[] = await once(socket, 'data');

    expect(String(second)).toMatch(/^HTTP\/1\.1 413 /);
    expect(clock.pendingTimers).toBe(0);
    socket.destroy();
  });

  test('is cut off when it does not end within five seconds', async () => {
    const { socket } = await send('half.');

    clock.advance(4_999);
    expect(socket.destroyed).toBe(false);
    clock.advance(1);
    await once(socket, 'close');

    expect(socket.destroyed).toBe(true);
  });
});
