import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keepRequest } from '../../../../local/commands/capturing/keep-request.js';
import { removeSecrets } from '../../../../local/commands/capturing/remove-secrets.js';
import { type Recorded, startRecorder } from '../../../../local/commands/capturing/start-recorder.js';
import { editSample } from '../../../../local/commands/sending/edit-sample.js';
import { replayedSamples } from '../../../../local/commands/sending/replayed-samples.js';
import { githubSender } from '../../../../local/senders/github-sender.js';
import { formatHttpFile, parseHttpFile } from '../../../../local/senders/http-file.js';
import { postDelivery } from '../../../../local/senders/post-delivery.js';
import { sendAll } from '../../../../local/senders/send-all.js';

const body = Buffer.from(
  '{ "n": 820982911946154508, "t":"\\u00e9\u00e9", "token":"s3cr\\"et", "a":{"client_secret" : "x"}, "secret":7 }\r\n',
);
const kept = {
  path: '/api/webhooks/github?access_token=abc&x=1',
  headers: [
    ['X-GitHub-Event', 'push'],
    ['content-type', 'application/json'],
  ],
  body,
} as const;

describe('a kept request', () => {
  it('is a file that gives back the very bytes', () => {
    const binary = { ...kept, body: Buffer.from([0, 13, 10, 13, 10, 255]) };

    expect(parseHttpFile(formatHttpFile(binary))).toEqual(binary);
    expect(parseHttpFile(Buffer.from('POST /x\nA: b\n\n{}'))).toEqual({
      path: '/x',
      headers: [['A', 'b']],
      body: Buffer.from('{}'),
    });
  });

  it.each(['', 'GET / HTTP/1.1\r\n\r\n', '{"a":1}', 'POST /x HTTP/1.1\r\nno header\r\n\r\n'])('%j is none', (text) => {
    expect(parseHttpFile(Buffer.from(text))).toBeUndefined();
  });

  it('has no secret left in its headers, query and body, and is otherwise byte for byte what came', () => {
    const headers = [
      ...kept.headers,
      ['X-Hub-Signature-256', 'sha256=1'],
      ['Stripe-Signature', 't=1'],
      ['Authorization', 'Basic x'],
      ['X-Gitlab-Token', 'x'],
      ['Cookie', 'x'],
      ['CF-Connecting-IP', '192.0.2.1'],
    ] as const;
    const clean = removeSecrets({ ...kept, headers }, ['X-Hub-Signature-256']);

    expect(clean.headers).toEqual(kept.headers);
    expect(clean.path).toBe('/api/webhooks/github?access_token=removed&x=1');
    expect(clean.body.toString()).toBe(body.toString().replace('"s3cr\\"et"', '"removed"').replace('"x"', '"removed"'));
  });

  it("has no key of Azure's in its query and headers, and no secret that is a list, or a part of an address", () => {
    const json = `{"status_code":"200","tokens":["a", "]"],"tags":["a"],"pwd":"p",
      "url":"https://me:pw@host/x?page=2&token=t&code=c","key":"public","at":"git@host:x"}`;
    const headers = [
      ['X-Functions-Key', 'k'],
      ['Ocp-Apim-Subscription-Key', 'k'],
      ['Idempotency-Key', 'id'],
    ] as const;

    const clean = removeSecrets({ path: '/api/webhooks/github?code=k&page=2', headers, body: Buffer.from(json) }, []);

    expect(clean.path).toBe('/api/webhooks/github?code=removed&page=2');
    expect(clean.headers).toEqual([['Idempotency-Key', 'id']]);
    expect(clean.body.toString()).toBe(`{"status_code":"200","tokens":"removed","tags":["a"],"pwd":"removed",
      "url":"https://removed@host/x?page=2&token=removed&code=removed","key":"public","at":"git@host:x"}`);
  });

  it('may have texts of megabytes, with escapes too', () => {
    const text = `${'a'.repeat(8 << 20)}${'\\n'.repeat(1 << 20)}`;
    const { body: clean } = removeSecrets(
      { path: '/', headers: [], body: Buffer.from(`{"t":"${text}","token":"x"}`) },
      [],
    );

    expect(clean.subarray(-20).toString()).toContain('"token":"removed"}');
    expect(clean.length).toBe(text.length + '{"t":"","token":"removed"}'.length);
  });

  it('a form has its secrets removed too, in the JSON that it carries as well', () => {
    const headers = [['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8']] as const;
    const form = `token=abc&text=a+b&response_url=https%3A%2F%2Fx&payload=${encodeURIComponent('{"token":"abc","n":1}')}`;

    expect(removeSecrets({ path: '/', headers, body: Buffer.from(form) }, []).body.toString()).toBe(
      `token=removed&text=a+b&response_url=removed&payload=${encodeURIComponent('{"token":"removed","n":1}')}`,
    );
  });
});

describe('capture, then replay', () => {
  let folder: string;
  let app: Server;
  let hostUrl: string;
  let arrived: { readonly headers: Readonly<Record<string, unknown>>; readonly body: Buffer }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'breakwater-capture-'));
    arrived = [];
    app = createServer(async (request, reply) => {
      arrived.push({ headers: request.headers, body: await buffer(request) });
      reply.writeHead(202, { 'x-mine': 'yes' }).end('{"type":"github.push","id":"1"}');
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const address = app.address();
    hostUrl = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });

  afterEach(async () => {
    app.close();
    app.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  it('the app gets what the sender sent, and what is kept is sent again, signed anew', async () => {
    const recorded: Recorded[] = [];
    const recorder = await startRecorder({ port: 0, hostUrl, onRecorded: (one) => recorded.push(one) });
    const signed = githubSender.sign({
      sample: { event: 'push', body },
      deliveryId: 'one',
      secret: 'secret',
      form: false,
      nowMs: 0,
    });
    const outcome = await postDelivery(new URL(`http://127.0.0.1:${recorder.port}/api/webhooks/github`), signed, 5_000);
    const [first] = recorded;
    if (first === undefined) throw new Error('Nothing was recorded');
    const path = await keepRequest(folder, { request: first.request, provider: 'github', type: 'github.push' }, [
      githubSender,
    ]);
    const again = await keepRequest(folder, { request: first.request, provider: 'github', type: undefined }, [
      githubSender,
    ]);
    const [sample] = await replayedSamples(join(folder, 'github'), githubSender);
    await recorder.close();

    expect(outcome).toMatchObject({ kind: 'answered', status: 202 });
    expect(arrived[0]?.body.equals(body)).toBe(true);
    expect(arrived[0]?.headers).toMatchObject({ 'x-hub-signature-256': signed.headers['X-Hub-Signature-256'] });
    expect([path, again]).toEqual([join(folder, 'github/0001-push.http'), join(folder, 'github/0002-refused.http')]);
    expect(await readFile(path, 'latin1')).not.toMatch(/sha256=|s3cr/);
    expect(sample?.sample).toMatchObject({ event: 'push', contentType: 'application/json' });
  });

  it('nobody but the app is reached through it, whatever the path names', async () => {
    const reached: string[] = [];
    const other = createServer((request, reply) => {
      reached.push(request.url ?? '');
      reply.end();
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const elsewhere = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const recorder = await startRecorder({ port: 0, hostUrl, onRecorded: () => {} });
    for (const path of [`//${elsewhere}/x`, `http://${elsewhere}/x`]) {
      const asking = request({ host: '127.0.0.1', port: recorder.port, path }).end();
      const [reply] = await once(asking, 'response');
      reply.resume();
    }
    await recorder.close();
    other.close();

    expect([reached, arrived.length]).toEqual([[], 2]);
  });

  it('an app that is away is answered for, and keeps nothing', async () => {
    const recorded: Recorded[] = [];
    const recorder = await startRecorder({
      port: 0,
      hostUrl: 'http://127.0.0.1:47',
      onRecorded: (one) => recorded.push(one),
    });
    const reply = await fetch(`http://127.0.0.1:${recorder.port}/api/webhooks/github`, { method: 'POST', body: '{}' });
    await recorder.close();

    expect([reply.status, recorded]).toEqual([502, []]);
  });
});

describe('send --set', () => {
  const sample = {
    event: 'issues',
    action: 'opened',
    body: Buffer.from('{"action":"opened","issue":{"title":"A","labels":[{"name":"x"}]}}'),
  };
  const edited = (...texts: readonly string[]): unknown => JSON.parse(editSample(sample, texts).body.toString());

  it('changes fields, items and whole objects; JSON is JSON and anything else is text', () => {
    expect(edited('issue.title=Fix the bug', 'issue.labels[0].name="7"', 'issue.number=7', 'sender={"id":1}')).toEqual({
      action: 'opened',
      issue: { title: 'Fix the bug', labels: [{ name: '7' }], number: 7 },
      sender: { id: 1 },
    });
  });

  it('a sample whose action is changed is of that action', () => {
    expect(editSample(sample, ['action=closed']).action).toBe('closed');
  });

  it('a field named __proto__ is a field like any other', () => {
    expect(Object.hasOwn(Object(edited('issue.__proto__={"a":1}')).issue, '__proto__')).toBe(true);
  });

  it.each([
    ['issue.titel=x', 'Did you mean title?'],
    ['isue.title=x', 'Did you mean issue?'],
    ['issue.labels[3].name=x', 'It has 0'],
    ['issue.title.more=x', ''],
    ['title', 'For example: --set pull_request.title=Hello'],
    ['=x', 'For example: --set pull_request.title=Hello'],
  ])('%s is refused', (text, advice) => {
    const fault = (() => {
      try {
        return edited(text);
      } catch (thrown) {
        return thrown;
      }
    })();

    expect(fault).toMatchObject({ name: 'CommandError', advice: advice === '' ? [] : [advice] });
  });
});

it('sending that is ended answers what was sent until then', async () => {
  const ending = new AbortController();
  const sent = await sendAll({
    items: [1, 2, 3, 4],
    concurrency: 2,
    signal: ending.signal,
    send: async () => ({ kind: 'answered', status: 202, text: '', durationMs: 0 }),
    onSent: (done) => {
      if (done === 2) ending.abort();
    },
  });

  expect(sent.map(({ item }) => item)).toEqual([1, 2]);
});
