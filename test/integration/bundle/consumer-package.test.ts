import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../../..');

test('what a bot imports as breakwater/consumer reads an envelope and loads none of the rest', async () => {
  const envelope = {
    specversion: '1.0',
    id: 'one',
    source: 'https://github.com/octo-org/octo-repo',
    type: 'github.star.created',
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    partitionkey: 'octo-org/octo-repo',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    provider: 'github',
    event: 'star',
    correlationid: 'c',
  };
  const text = `${JSON.stringify(envelope).slice(0, -1)},"data":{"id":820982911946154508}}`;
  const script = `
    import { fetchPayload, parseEnvelope } from 'breakwater/consumer';
    const event = parseEnvelope(Buffer.from(${JSON.stringify(text)}));
    console.log(String(await fetchPayload(event, () => { throw new Error('nothing to fetch'); })));
  `;

  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: root });

  expect(stdout.trim()).toBe('{"id":820982911946154508}');
  expect(existsSync(resolve(root, 'dist/exports/types/consumer/consumer.d.ts'))).toBe(true);
});
