import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/settings/read-settings.js';

const base = {
  PayloadStorage__blobServiceUri: 'https://webhooks.blob.core.windows.net',
  ServiceBus__fullyQualifiedNamespace: 'bots.servicebus.windows.net',
  KeyVault__vaultUri: 'https://hooks.vault.azure.net',
};

const read = (variables: Readonly<Record<string, string>>) => readSettings({ ...base, ...variables });

const rangesIn = (variables: Readonly<Record<string, string>>): unknown => {
  const reading = read(variables);
  return reading.ok ? reading.settings.sourceRanges : reading.problems;
};

const problemsIn = (variables: Readonly<Record<string, string>>): readonly string[] => {
  const reading = read(variables);
  return reading.ok ? [] : reading.problems.map(({ name, what }) => `${name} ${what}`);
};

describe('source ranges in the settings', () => {
  it('settings: there are none unless they are set, and blank is not set', () => {
    expect(rangesIn({ SOURCE_RANGES_GITHUB: '  ' })).toEqual({});
  });

  it('settings: ranges, single addresses and the word github-meta stand side by side', () => {
    expect(rangesIn({ SOURCE_RANGES_GITHUB: 'github-meta, 203.0.113.0/24,2001:db8::/32 , 198.51.100.7' })).toEqual({
      github: { ranges: ['203.0.113.0/24', '2001:db8::/32', '198.51.100.7'], githubMeta: true },
    });
  });

  it('settings: each provider has its own, tenants included', () => {
    const variables = {
      PROVIDERS: 'github,github-acme,slack',
      SOURCE_RANGES_GITHUB_ACME: 'github-meta',
      SOURCE_RANGES_SLACK: '203.0.113.0/24',
    };

    expect(rangesIn(variables)).toEqual({
      'github-acme': { ranges: [], githubMeta: true },
      slack: { ranges: ['203.0.113.0/24'], githubMeta: false },
    });
  });

  it('settings: every range that is none is named, with those of other settings', () => {
    const variables = {
      SOURCE_RANGES_GITHUB: '203.0.113.0/24,203.0.113.0/33,github.com,GitHub-Meta',
      SOURCE_RANGES_SLACK: '203.0.113.0/24',
      MAX_PAYLOAD_BYTES: 'many',
    };

    expect(problemsIn(variables).toSorted()).toEqual([
      'MAX_PAYLOAD_BYTES is "many"',
      'SOURCE_RANGES_GITHUB holds "203.0.113.0/33"',
      'SOURCE_RANGES_GITHUB holds "GitHub-Meta"',
      'SOURCE_RANGES_GITHUB holds "github.com"',
      'SOURCE_RANGES_SLACK is for slack, which is not on',
    ]);
  });

  it('settings: a list without a range would let nobody in, and is refused', () => {
    expect(problemsIn({ SOURCE_RANGES_GITHUB: ' , ' })).toEqual(['SOURCE_RANGES_GITHUB names no range']);
  });

  it.each([
    'http://api.github.com/meta',
    'ftp://api.github.com/meta',
    'api.github.com',
    'https://user:key@host/meta',
  ])('settings: GitHub’s list is not read from %s', (url) => {
    expect(problemsIn({ GITHUB_META_URL: url })).toEqual(['GITHUB_META_URL is not an https URL']);
  });

  it('settings: in development it may come from this machine', () => {
    const local = { GITHUB_META_URL: 'http://127.0.0.1:8080/meta' };

    expect(problemsIn({ AZURE_FUNCTIONS_ENVIRONMENT: 'Development', ...local })).toEqual([]);
    expect(problemsIn(local)).toEqual(['GITHUB_META_URL is not an https URL']);
  });

  it('settings: the list is read on a schedule that a timer understands', () => {
    expect(problemsIn({ GITHUB_META_SCHEDULE: 'hourly' })).toEqual(['GITHUB_META_SCHEDULE is "hourly"']);
  });
});
