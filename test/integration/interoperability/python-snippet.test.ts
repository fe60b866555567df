import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeEnvelope } from '../../../src/envelope/encode-envelope.js';
import type { EnvelopeData } from '../../../src/envelope/event-envelope.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/bots-in-other-languages.md'), 'utf8');
const [, snippet = ''] = /```python\n(.*?)\ndef run\(/s.exec(page) ?? [];
/** What reads an envelope, without the client, which this machine need not have. */
const reading = snippet.replaceAll(/^from azure.*$/gm, '');
const program = `${reading}
import sys
event, payload = read_event(sys.stdin.buffer.read(), lambda url: bytes.fromhex(sys.argv[1]))
print(json.dumps({"event": event, "payload": payload.hex()}))
`;

const hasPython = spawnSync('python3', ['--version']).status === 0;

const attributes = {
  specversion: '1.0',
  id: 'Zoë "}',
  source: 'https://github.com/o/r',
  type: 'github.push',
  time: '2026-11-29T10:00:00.000Z',
  datacontenttype: 'application/json',
  partitionkey: 'o/r',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  provider: 'github',
  event: 'push',
  correlationid: 'c',
} as const;

const read = (data: EnvelopeData, archived: Buffer) =>
  spawnSync('python3', ['-c', program, archived.toString('hex')], {
    input: encodeEnvelope(attributes, data),
    encoding: 'utf8',
  });

describe.skipIf(!hasPython)(
  `the Python of docs/bots-in-other-languages.md${hasPython ? '' : ' (skipped: no python3)'}`,
  () => {
    const large = Buffer.from('{"large":1}');
    const claim = { kind: 'claim-check', url: 'u', size: large.length } as const;

    test.each([
      ['JSON with what a parser would change', '\r\n {"n":12345678901234567890.10,"n":1e400,"e":"\\u00e9"} \n', 'json'],
      ['128 levels', `${'['.repeat(128)}${']'.repeat(128)}`, 'json'],
      ['a bare number', '-0.50', 'json'],
      ['bytes that are no JSON', 'payload=%7B%7D', 'binary'],
    ] as const)('gives the payload byte for byte: %s', (_, text, kind) => {
      const bytes = Buffer.from(text);

      const { stdout, stderr } = read({ kind, bytes }, Buffer.of());

      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toMatchObject({ event: attributes, payload: bytes.toString('hex') });
    });

    test('fetches a claim check, and refuses what is not the payload', () => {
      const sha256 = createHash('sha256').update(large).digest('hex');

      expect(JSON.parse(read({ ...claim, sha256 }, large).stdout)).toMatchObject({ payload: large.toString('hex') });
      expect(read({ ...claim, sha256 }, Buffer.from('{"large":2}')).stderr).toContain('not what was received');
    });
  },
);
