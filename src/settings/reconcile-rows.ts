import * as z from 'zod/mini';
import { namePattern } from '../text/text.js';
import { hooks, row, schedule, text } from './setting-row.js';

/** Settings of the job that asks senders for what they could not deliver. */
export const reconcileRows = {
  GITHUB_RECONCILE_SCHEDULE: row(
    {
      meaning:
        "when GitHub and GitLab are asked: six-field NCRONTAB, or `off`. Set without hooks, it stands for a GitHub App's own",
      shown: true,
      local: 'off',
    },
    schedule('0 */5 * * * *', 'off'),
  ),
  GITHUB_RECONCILE_HOOKS: row(
    {
      meaning:
        'hooks whose failed deliveries GitHub is asked for again ([how](reconcile.md)): `app`, `repos/{owner}/{repo}/hooks/{id}` or `orgs/{org}/hooks/{id}`, separated by commas; for a tenant, its name and `=` before it. Unset: nobody is asked',
      shown: true,
    },
    hooks(
      new RegExp(String.raw`^(${namePattern}=)?(app|repos/[\w.-]+/[\w.-]+/hooks/\d+|orgs/[\w.-]+/hooks/\d+)$`),
      'app, repos/{owner}/{repo}/hooks/{id} or orgs/{org}/hooks/{id}',
    ),
  ),
  GITHUB_API_URL: row(
    { meaning: 'where; of a GitHub Enterprise Server `https://{host}/api/v3`' },
    z._default(z.string(), 'https://api.github.com'),
  ),
  GITHUB_APP_ID: row(
    {
      meaning:
        'the GitHub App that asks, by the secret `github-app-private-key`; unset: the token in the secret `github-api-token` asks',
    },
    text(),
  ),
  GITLAB_RECONCILE_HOOKS: row(
    {
      meaning:
        'likewise for GitLab ([how](reconcile.md#gitlab)): `projects/{id}/hooks/{id}` or `groups/{id}/hooks/{id}`, the id of a project or group being a number or its path with `%2F`. The token in the secret `gitlab-api-token` asks',
      shown: true,
    },
    hooks(
      new RegExp(String.raw`^(${namePattern}=)?(projects|groups)/[\w.-]+(%2F[\w.-]+)*/hooks/\d+$`, 'i'),
      'projects/{id}/hooks/{id} or groups/{id}/hooks/{id}',
    ),
  ),
  GITLAB_API_URL: row(
    { meaning: 'where; of an instance of your own `https://{host}/api/v4`' },
    z._default(z.string(), 'https://gitlab.com/api/v4'),
  ),
};
