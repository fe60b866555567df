import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { FuzzPlan } from '../../fuzz/plan/fuzz-plan.js';
import { buildRequest } from '../../fuzz/request/build-request.js';
import { editBody } from '../../fuzz/request/edit-body.js';
import { editHeaders } from '../../fuzz/request/edit-headers.js';
import { toCurl } from '../../fuzz/request/to-curl.js';
import { fuzzedSenders } from '../../fuzz/stack/fuzzed-senders.js';

const senders = fuzzedSenders();
const indexOf = (name: string): number => senders.findIndex(({ sender }) => sender.provider === name);

const plan = (name: string, changes: Partial<FuzzPlan> = {}): FuzzPlan => ({
  sender: indexOf(name),
  sample: 0,
  bodyEdits: [],
  signsEdits: false,
  headerEdits: [],
  target: { kind: 'own', query: '' },
  from: [0, 0, 1],
  ...changes,
});

const edit = { kind: 'token', at: 0, text: 'null' } as const;

describe('a fuzzed request', () => {
  it.each([
    ['as it was signed', plan('slack'), false],
    ['with a body changed after signing', plan('slack', { bodyEdits: [edit] }), true],
    ['with a body changed before signing', plan('slack', { bodyEdits: [edit], signsEdits: true }), false],
    ['whose sender signs no body', plan('telegram', { bodyEdits: [edit] }), false],
    [
      'without any header',
      plan('slack', { headerEdits: Array.from({ length: 9 }, () => ({ kind: 'drop', at: 0 })) }),
      true,
    ],
    ['that goes elsewhere', plan('slack', { target: { kind: 'other', method: 'GET', path: '/' } }), false],
  ])('%s is forged or not', (_what, given, isForged) => {
    expect(buildRequest(given, senders).isForged).toBe(isForged);
  });

  it('is printed as a command line that holds its very bytes', () => {
    const body = Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1));
    const request = {
      method: 'POST',
      path: "/a'b",
      headers: [['X', "\u00e9\t'$x`"]],
      body,
      from: '127.0.0.1',
      isForged: false,
    } as const;

    const command = toCurl(new URL('http://127.0.0.1:1/'), request).replace(/^curl/, "printf '%s\\0'");
    const printed = execFileSync('bash', ['-c', command]).toString('latin1').split('\0');

    expect(printed).toContain("http://127.0.0.1:1/a'b");
    expect(printed).toContain("X: \u00e9\t'$x`");
    expect(printed).toContain(body.toString('latin1'));
  });

  it('has tokens replaced and bytes put in where it is told', () => {
    const body = Buffer.from('{"a":[1,"b"]}');

    expect(editBody(body, [{ kind: 'token', at: 0.5, text: '[]' }]).toString()).toBe('{"a":[[],"b"]}');
    expect(editBody(body, [{ kind: 'splice', at: 0, remove: 1, insert: Buffer.from('[') }]).toString()).toBe(
      '["a":[1,"b"]}',
    );
    expect(editBody(body, [{ kind: 'whole', bytes: Buffer.from('x') }]).toString()).toBe('x');
  });

  it('has headers dropped, repeated, replaced, added and put into', () => {
    const lines = [
      ['A', 'one'],
      ['B', 'two'],
    ] as const;

    expect(editHeaders(lines, [{ kind: 'drop', at: 0 }])).toEqual([['B', 'two']]);
    expect(editHeaders(lines, [{ kind: 'repeat', at: 1 }])).toEqual([
      ['A', 'one'],
      ['B', 'two'],
      ['B', 'two'],
    ]);
    expect(editHeaders(lines, [{ kind: 'set', at: 2, value: 'x' }])).toEqual([
      ['A', 'x'],
      ['B', 'two'],
    ]);
    expect(editHeaders(lines, [{ kind: 'add', name: 'C', value: '' }])).toHaveLength(3);
    expect(editHeaders(lines, [{ kind: 'splice', at: 0, where: 1, insert: '!' }])[0]).toEqual(['A', 'one!']);
  });
});
