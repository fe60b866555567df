import type { DeliveryHeaders } from './delivery.js';
import { hostOrigin, numberAt, originOf, textAt, webUrl } from './read-member.js';

const repositoryName = /^[A-Za-z0-9._-]{1,100}\/[A-Za-z0-9._-]{1,100}$/;
const login = /^[A-Za-z0-9_-]{1,100}$/;

const matching = (text: string | undefined, form: RegExp): string | undefined =>
  text !== undefined && form.test(text) ? text : undefined;

/** `owner/repo` of the repository that the event belongs to, if any. */
export const githubRepository = (payload: unknown): string | undefined =>
  matching(textAt(payload, 'repository', 'full_name'), repositoryName);

/** Login of the organization that the event belongs to, if any. */
const githubOrganization = (payload: unknown): string | undefined =>
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

/**
 * `https://github.com`, or the server that sent it: told by the payload's own addresses, which are signed, else by the
 * header that GitHub Enterprise Server adds.
 */
const webOrigin = (headers: DeliveryHeaders, payload: unknown): string => {
  const address =
    webUrl(textAt(payload, 'sender', 'html_url')) ??
    webUrl(textAt(payload, 'repository', 'html_url')) ??
    webUrl(textAt(payload, 'enterprise', 'html_url')) ??
    webUrl(textAt(payload, 'installation', 'html_url'));
  return originOf(address) ?? hostOrigin(headers.get('x-github-enterprise-host')) ?? 'https://github.com';
};

const appSlug = /^[A-Za-z0-9_-]{1,100}$/;
const targetType = /^[A-Za-z_-]{1,64}$/;
const targetId = /^\d{1,20}$/;

/** The resource that the hook was made on, e.g. `integration/12345` for an App, as its two headers name it. */
const hookTarget = (headers: DeliveryHeaders): string | undefined => {
  const type = headers.get('x-github-hook-installation-target-type') ?? '';
  const id = headers.get('x-github-hook-installation-target-id') ?? '';
  return targetType.test(type) && targetId.test(id) ? `${type}/${id}` : undefined;
};

const pathOf = (payload: unknown): string | undefined => {
  const place = githubRepository(payload) ?? githubOrganization(payload);
  if (place !== undefined) return place;
  const slug = textAt(payload, 'installation', 'app_slug') ?? '';
  return appSlug.test(slug) ? `apps/${slug}` : undefined;
};

/**
 * URI of what sent a delivery: the repository; without one the organization, the App, the enterprise, or the resource that
 * the hook was made on; at last the installation, the sender or the server itself.
 */
export const githubSource = (headers: DeliveryHeaders, payload: unknown): string => {
  const repository = webUrl(textAt(payload, 'repository', 'html_url'));
  if (repository !== undefined) return repository;
  const origin = webOrigin(headers, payload);
  const path = pathOf(payload);
  if (path !== undefined) return `${origin}/${path}`;
  const enterprise = webUrl(textAt(payload, 'enterprise', 'html_url'));
  if (enterprise !== undefined) return enterprise;
  const target = hookTarget(headers);
  if (target !== undefined) return `${origin}/${target}`;
  return webUrl(textAt(payload, 'installation', 'html_url')) ?? webUrl(textAt(payload, 'sender', 'html_url')) ?? origin;
};
