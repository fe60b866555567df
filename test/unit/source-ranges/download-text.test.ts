import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { gzipSync } from 'node:zlib';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { createDownload, type Download } from '../../../src/source-ranges/download-text.js';
import { systemClock } from '../../../src/time/clock.js';
import { ManualClock } from '../../support/manual-clock.js';

const megabyte = 1024 * 1024;
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const listenOn = async (listening: Server, scheme: 'http' | 'https'): Promise<string> => {
  server = listening.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `${scheme}://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/meta`;
};

const serve = (answer: RequestListener): Promise<string> => listenOn(createServer(answer), 'http');

const downloadFrom = async (answer: RequestListener): Promise<Download> =>
  createDownload({ url: await serve(answer), clock: systemClock })();

describe('download', () => {
  it('gives the text, and says who asks', async () => {
    let asked: unknown;
    const download = await downloadFrom((request, response) => {
      asked = [request.method, request.headers['user-agent'], request.headers['accept']];
      response.end('{"hooks":[]}');
    });

    expect(download).toEqual({ kind: 'text', text: '{"hooks":[]}' });
    expect(asked).toEqual(['GET', 'breakwater', 'application/json']);
  });

  it.each([204, 304, 403, 404, 429, 500, 503])('an answer %i is a refusal', async (status) => {
    const download = await downloadFrom((_request, response) => response.writeHead(status).end());

    expect(download).toEqual({ kind: 'failed', reason: 'refused' });
  });

  it('a redirect is not followed', async () => {
    const paths: unknown[] = [];
    const download = await downloadFrom((request, response) => {
      paths.push(request.url);
      response.writeHead(302, { location: '/elsewhere' }).end();
    });

    expect(download).toEqual({ kind: 'failed', reason: 'refused' });
    expect(paths).toEqual(['/meta']);
  });

  it('a text above 4 MB is left, and not read to its end', async () => {
    let sent = 0;
    const closed = Promise.withResolvers<void>();
    const download = await downloadFrom((_request, response) => {
      const chunk = Buffer.alloc(megabyte, 'x');
      const send = (): void => {
        while (!response.destroyed && sent < 1_000 * megabyte) {
          sent += chunk.length;
          if (!response.write(chunk)) return void response.once('drain', send);
        }
      };
      response.on('close', () => closed.resolve());
      send();
    });
    await closed.promise;

    expect(download).toEqual({ kind: 'failed', reason: 'too-large' });
    expect(sent).toBeLessThan(64 * megabyte);
  });

  it('a small answer that unpacks to more than 4 MB is left too', async () => {
    const download = await downloadFrom((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100 * megabyte)));
    });

    expect(download).toEqual({ kind: 'failed', reason: 'too-large' });
  });

  it('a text of exactly 4 MB is taken', async () => {
    const download = await downloadFrom((_request, response) => response.end(Buffer.alloc(4 * megabyte, 'x')));

    expect(download.kind).toBe('text');
  });

  it.each([
    ['before the answer', () => {}],
    ['in the middle of it', (response: { write(text: string): void }) => response.write('{"hooks":[')],
  ])('silence %s ends after ten seconds', async (_when, begin) => {
    const clock = new ManualClock();
    const asked = Promise.withResolvers<void>();
    const url = await serve((_request, response) => {
      begin(response);
      asked.resolve();
    });

    const pending = createDownload({ url, clock })();
    await asked.promise;
    clock.advance(10_000);

    expect(await pending).toEqual({ kind: 'failed', reason: 'timeout' });
    expect(clock.pendingTimers).toBe(0);
  });

  it('a connection that breaks is no list', async () => {
    const download = await downloadFrom((_request, response) => {
      response.write('{"hooks":[');
      setImmediate(() => response.destroy());
    });

    expect(download).toEqual({ kind: 'failed', reason: 'unreachable' });
  });

  it('a server whose certificate nobody vouches for cannot be reached', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
    let asked = false;
    const answer: RequestListener = (_request, response) => {
      asked = true;
      response.end('{"hooks":["192.30.252.0/22"]}');
    };
    const url = await listenOn(createTlsServer({ key, cert }, answer), 'https');

    expect(await createDownload({ url, clock: systemClock })()).toEqual({ kind: 'failed', reason: 'unreachable' });
    expect(asked).toBe(false);
  });

  it('an address where nobody listens cannot be reached', async () => {
    const download = createDownload({ url: 'http://127.0.0.1:1/meta', clock: systemClock });

    expect(await download()).toEqual({ kind: 'failed', reason: 'unreachable' });
  });

  it('five failures in a row, and nobody is asked for a while', async () => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const download = createDownload({ url, clock: new ManualClock() });

    const downloads = [];
    for (let i = 0; i < 6; i += 1) downloads.push(await download());

    expect([downloads.at(-1), asked]).toEqual([{ kind: 'failed', reason: 'circuit-open' }, 5]);
  });
});
