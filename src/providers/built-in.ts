import { discord } from './discord.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { microsoftTeams } from './microsoft-teams.js';
import type { Provider } from './provider.js';
import { shopify } from './shopify.js';
import { slack } from './slack.js';
import { standardWebhooks, svix } from './standard-webhooks.js';
import { stripe } from './stripe.js';
import { telegram } from './telegram.js';

/** Every provider that Breakwater brings; the `PROVIDERS` setting says which are on. */
export const builtInProviders: readonly Provider[] = [
  discord,
  github,
  gitlab,
  microsoftTeams,
  shopify,
  slack,
  standardWebhooks,
  stripe,
  svix,
  telegram,
];
