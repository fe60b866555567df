import { expect, it } from 'vitest';
import { timerEndpoints } from '../../../src/composition/timer-endpoints.js';
import { readSettings } from '../../../src/settings/read-settings.js';

/** The timers that run under these settings, with their schedules. */
const timersWith = (variables: Readonly<Record<string, string>>): unknown => {
  const reading = readSettings({
    PayloadStorage__blobServiceUri: 'https://webhooks.blob.core.windows.net',
    ServiceBus__fullyQualifiedNamespace: 'bots.servicebus.windows.net',
    KeyVault__vaultUri: 'https://hooks.vault.azure.net',
    ...variables,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return Object.fromEntries(timerEndpoints.map(({ name, schedule }) => [name, schedule(reading.settings)]));
};

it("GitHub's list is read only where a provider asks for it", () => {
  const drainOutbox = '*/30 * * * * *';

  expect(timersWith({})).toEqual({ drainOutbox, refreshSourceRanges: undefined, reconcileGithub: undefined });
  expect(timersWith({ SOURCE_RANGES_GITHUB: '203.0.113.0/24' })).toEqual({ drainOutbox });
  expect(timersWith({ SOURCE_RANGES_GITHUB: 'github-meta', GITHUB_META_SCHEDULE: '0 0 * * * *' })).toEqual({
    drainOutbox,
    refreshSourceRanges: '0 0 * * * *',
  });
});

it('GitHub is asked for what it could not deliver only where hooks or a schedule are set', () => {
  const reconcileGithub = (variables: Readonly<Record<string, string>>) =>
    Object(timersWith(variables)).reconcileGithub;

  expect(reconcileGithub({ GITHUB_RECONCILE_HOOKS: 'orgs/octo-org/hooks/1' })).toBe('0 */5 * * * *');
  expect(reconcileGithub({ GITHUB_RECONCILE_SCHEDULE: '0 0 * * * *' })).toBe('0 0 * * * *');
  expect(reconcileGithub({ GITHUB_RECONCILE_HOOKS: 'app', GITHUB_RECONCILE_SCHEDULE: 'off' })).toBeUndefined();
});
