import { describe, expect, it } from 'vitest';
import type { FuzzRequest } from '../../fuzz/request/fuzz-request.js';
import type { RawReply } from '../../fuzz/request/send-raw.js';
import { judgeLog } from '../../fuzz/verdict/judge-log.js';
import { judgeReply } from '../../fuzz/verdict/judge-reply.js';
import { changedSeries } from '../../fuzz/verdict/metric-series.js';

const secrets = ["It's a Secret to Everybody"];

const request = (isForged: boolean): FuzzRequest => ({
  method: 'POST',
  path: '/api/webhooks/github',
  headers: [],
  body: Buffer.alloc(0),
  from: '127.0.0.1',
  isForged,
});

const reply = (status: number, changes: Partial<RawReply> = {}): RawReply => ({
  status,
  head: `HTTP/1.1 ${status} Any`,
  body: '',
  durationMs: 5,
  ...changes,
});

const unavailable = { head: 'HTTP/1.1 503 Any\r\nRetry-After: 5', body: '{"code":"PayloadNotStorable"}' };

describe('the judge of fuzzed requests', () => {
  it.each([
    ['accepted, as it was signed', false, reply(202)],
    ['refused', true, reply(401)],
    ['unavailable for a stated reason', false, reply(503, unavailable)],
  ])('has nothing against what is %s', (_what, isForged, answer) => {
    expect(judgeReply(request(isForged), answer, secrets)).toBeUndefined();
  });

  it.each([
    ['no answer', false, reply(0), 'no answer'],
    ['a bare 500', false, reply(500), '500'],
    ['a 503 that nobody states', false, reply(503), '503'],
    ['a 503 without Retry-After', false, reply(503, { ...unavailable, head: '' }), '503'],
    ['a forgery that is accepted', true, reply(202), 'nobody has signed'],
    ['an answer after the budget', false, reply(202, { durationMs: 11_001 }), '11001 ms'],
    ['a stack', false, reply(400, { body: 'at Object.<anonymous> (/app/index.cjs:1:2)' }), 'inside'],
    ['a secret in the body', false, reply(400, { body: `x ${secrets[0]}` }), 'secret'],
    ['a secret in a header', false, reply(400, { head: `HTTP/1.1 400 Any\r\nX: ${secrets[0]}` }), 'secret'],
  ])('finds %s', (_what, isForged, answer, fault) => {
    expect(judgeReply(request(isForged), answer, secrets)).toContain(fault);
  });
});

describe('the judge of logs', () => {
  it('has nothing against lines of JSON and of the host', () => {
    const log = '[2026-11-21T12:00:00.000Z] {"event":"webhook.accepted"}\n[2026-11-21T12:00:00.000Z] Executed\n';

    expect(judgeLog(log, secrets)).toEqual([]);
  });

  it.each([
    `{"event":"x","secret":"${secrets[0]}"}`,
    '{"event":"torn',
    `Executed ${'x'.repeat(4096)}`,
    'Executed \u0007',
  ])('finds %.40j', (line) => {
    expect(judgeLog(`fine\n${line}\nfine`, secrets)).toHaveLength(1);
  });
});

describe('the judge of metrics', () => {
  it('finds series that came and series that went', () => {
    expect(changedSeries(new Set(['a', 'b']), new Set(['b', 'c']))).toEqual(['c', 'a']);
  });
});
