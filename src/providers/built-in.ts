import { azureDevops } from './azure-devops.js';
import { azureEventGrid } from './azure-event-grid.js';
import { bitbucket } from './bitbucket.js';
import { cloudevents } from './cloudevents.js';
import { discord } from './discord.js';
import { forgejo, gitea } from './gitea.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { jira } from './jira.js';
import { linear } from './linear.js';
import { microsoftTeams } from './microsoft-teams.js';
import { pagerduty } from './pagerduty.js';
import { type Provider, type ProviderLookup, selectProviders } from './provider.js';
import { sentry } from './sentry.js';
import { shopify } from './shopify.js';
import { slack } from './slack.js';
import { standardWebhooks, svix } from './standard-webhooks.js';
import { stripe } from './stripe.js';
import { telegram } from './telegram.js';
import { twitch } from './twitch.js';
import { zoom } from './zoom.js';

/** Every provider that Breakwater brings; the `PROVIDERS` setting says which are on. */
export const builtInProviders: readonly Provider[] = [
  azureDevops,
  azureEventGrid,
  bitbucket,
  cloudevents,
  discord,
  forgejo,
  gitea,
  github,
  gitlab,
  jira,
  linear,
  microsoftTeams,
  pagerduty,
  sentry,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  svix,
  telegram,
  twitch,
  zoom,
];

/**
 * The providers that are switched on, by the name in the route; `own` are those of `providers.json`. Throws `RangeError` when `names`
 * holds one that does not exist.
 */
export const createProviderLookup = (names: readonly string[], own: readonly Provider[] = []): ProviderLookup =>
  selectProviders([...builtInProviders, ...own], names);
