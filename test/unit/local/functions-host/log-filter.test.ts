import { describe, expect, it } from 'vitest';
import type { HostLogEntry } from '../../../../local/functions-host/host-log.js';
import { filterLog } from '../../../../local/functions-host/log-filter.js';

const passed = (logLevel: Readonly<Record<string, string>>, entries: readonly Omit<HostLogEntry, 'message'>[]) => {
  const through: string[] = [];
  const log = filterLog(({ category, level }) => void through.push(`${category} ${level}`), logLevel);
  for (const entry of entries) log({ ...entry, message: '' });
  return through;
};

describe('the host’s log filter', () => {
  it('lets the app’s own lines through and not the host’s about each invocation, as this app’s host.json asks', () => {
    const logLevel = { default: 'Warning', Function: 'Warning', 'Function.*.User': 'Information' };

    expect(
      passed(logLevel, [
        { category: 'Function.receiveWebhook', level: 'information' },
        { category: 'Function.receiveWebhook', level: 'error' },
        { category: 'Function.receiveWebhook.User', level: 'information' },
        { category: 'Function.receiveWebhook.User', level: 'debug' },
        { category: 'Function.User', level: 'information' },
        { category: 'Host.Startup', level: 'information' },
      ]),
    ).toEqual(['Function.receiveWebhook error', 'Function.receiveWebhook.User information']);
  });
});
