import { describe, expect, it } from 'vitest';
import { githubSource } from '../../../src/providers/github-entities.js';

const sourceOf = (payload: unknown, headers: Record<string, string> = {}): string =>
  githubSource(new Headers(headers), payload);

const sender = { html_url: 'https://github.com/octocat' };
const serverSender = { html_url: 'https://ghes.example/octocat' };
const appHook = {
  'x-github-hook-installation-target-type': 'integration',
  'x-github-hook-installation-target-id': '12345',
};

describe('source', () => {
  it.each([
    [
      'of a repository is its address',
      { repository: { html_url: 'https://github.com/o/r' } },
      'https://github.com/o/r',
    ],
    [
      'of a repository on a server names that server',
      { repository: { full_name: 'o/r', html_url: 'https://ghes.example:8443/o/r' } },
      'https://ghes.example:8443/o/r',
    ],
    [
      'of a repository without an address is put together',
      { repository: { full_name: 'o/r', html_url: 'javascript:alert(1)' }, sender: serverSender },
      'https://ghes.example/o/r',
    ],
    ['of an organization is its page', { organization: { login: 'octo-org' }, sender }, 'https://github.com/octo-org'],
    [
      'of an organization on a server names that server',
      { organization: { login: 'octo-org' }, sender: serverSender },
      'https://ghes.example/octo-org',
    ],
    [
      'of an App is its page',
      { installation: { id: 5, app_slug: 'octoapp', account: {} }, sender },
      'https://github.com/apps/octoapp',
    ],
    [
      'of an enterprise is its address',
      { enterprise: { slug: 'octo', html_url: 'https://ghes.example/businesses/octo' }, sender: serverSender },
      'https://ghes.example/businesses/octo',
    ],
    [
      'of an installation is its address',
      { installation: { id: 5, html_url: 'https://github.com/settings/installations/5' }, sender },
      'https://github.com/settings/installations/5',
    ],
    ['of anything else is its sender', { sponsorship: {}, sender }, 'https://github.com/octocat'],
    ['of something that names nobody is GitHub', { security_advisory: {} }, 'https://github.com'],
  ])('%s', (_what, payload, source) => {
    expect(sourceOf(payload)).toBe(source);
  });

  it('of an App hook without an installation is the App that the hook was made on', () => {
    expect(sourceOf({ action: 'revoked', sender }, appHook)).toBe('https://github.com/integration/12345');
  });

  it('of a repository event through an App is still the repository', () => {
    const payload = { repository: { html_url: 'https://github.com/o/r' }, installation: { app_slug: 'octoapp' } };

    expect(sourceOf(payload, appHook)).toBe('https://github.com/o/r');
  });

  it('believes the server header only where the payload, which is signed, names no server', () => {
    const headers = { 'x-github-enterprise-host': 'ghes.example' };

    expect(sourceOf({ security_advisory: {} }, headers)).toBe('https://ghes.example');
    expect(sourceOf({ organization: { login: 'octo-org' }, sender }, headers)).toBe('https://github.com/octo-org');
  });

  it.each([
    'evil.example/path',
    'user@evil.example',
    'a b',
    'a,b',
    '',
    '-x',
    'x'.repeat(300),
  ])('does without a server header such as %j', (host) => {
    expect(sourceOf({}, { 'x-github-enterprise-host': host })).toBe('https://github.com');
  });

  it.each([
    'https://user:password@github.com/o/r',
    'ftp://github.com/o/r',
    'https://github.com/o/r with space',
    'https://',
    'https://github.com:99999999/',
    `https://github.com/${'x'.repeat(2000)}`,
  ])('does without an address such as %.40j', (address) => {
    expect(sourceOf({ repository: { full_name: 'o/r', html_url: address } })).toBe('https://github.com/o/r');
  });
});
