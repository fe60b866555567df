import { numberAt, textAt } from './read-member.js';

const repositoryName = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const login = /^[A-Za-z0-9_-]{1,100}$/;

const matching = (text: string | undefined, form: RegExp): string | undefined =>
  text !== undefined && form.test(text) ? text : undefined;

/** `owner/repo` of the repository that the event belongs to, if any. */
export const githubRepository = (payload: unknown): string | undefined =>
  matching(textAt(payload, 'repository', 'full_name'), repositoryName);

/** Login of the organization that the event belongs to, if any. */
export const githubOrganization = (payload: unknown): string | undefined =>
  matching(textAt(payload, 'organization', 'login'), login);

const enterpriseSlug = (payload: unknown): string | undefined => matching(textAt(payload, 'enterprise', 'slug'), login);

/**
 * The smallest place that the event happened in: `owner/repo`, an organization, `installation/{id}` of an App, or
 * `enterprises/{slug}`. A few events (security advisories, sponsorships) belong to none.
 */
export const githubScope = (payload: unknown): string | undefined => {
  const place = githubRepository(payload) ?? githubOrganization(payload);
  if (place !== undefined) return place;
  const installation = numberAt(payload, 'installation', 'id');
  if (installation !== undefined) return `installation/${installation}`;
  const enterprise = enterpriseSlug(payload);
  return enterprise === undefined ? undefined : `enterprises/${enterprise}`;
};
