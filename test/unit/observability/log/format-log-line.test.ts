import { describe, expect, it } from 'vitest';
import { formatLogLine } from '../../../../src/observability/log/log.js';

describe('log line', () => {
  it('is one line of JSON, its event first, without the facts that are absent', () => {
    const line = formatLogLine('webhook.accepted', { id: 'a\nb', archived: true, routedTo: ['one'], type: undefined });

    expect(line).toBe('{"event":"webhook.accepted","id":"a\\nb","archived":true,"routedTo":["one"]}');
  });

  it('cuts texts above 256 characters, in lists too, and leaves the others as they are', () => {
    const fits = 'x'.repeat(256);

    const line: unknown = JSON.parse(formatLogLine('e', { fits, long: `${fits}y`, list: ['short', `${fits}y`] }));

    expect(line).toEqual({ event: 'e', fits, long: `${fits}…`, list: ['short', `${fits}…`] });
  });
});
