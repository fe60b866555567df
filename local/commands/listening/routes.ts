import { quoted } from '../terminal/safe-text.js';

/** A sender, and where on this machine its webhooks go. */
export interface Destination {
  readonly provider: string;
  /** The webhook's URL on this machine. */
  readonly local: string;
  /** The same from outside, when there is a tunnel. */
  readonly outside: string | undefined;
  /** What this machine's vault holds for it. */
  readonly secret: string;
  /** Whether the app takes it now. */
  readonly isOn: boolean;
}

const tunnelled = ({ outside }: Destination): string => outside ?? 'https://<tunnel>/api/webhooks/…';

const keepSecret = ({ provider }: Destination, what: string): string =>
  `npm run listen -- ${provider} --secret <${what}>`;

type Guide = (destination: Destination) => readonly string[];

/** How each of these senders is pointed at one's own machine, by its own tool or its own page. */
const guides: Readonly<Record<string, Guide>> = {
  github: ({ local, secret, outside }) => [
    'Without a tunnel, by the GitHub CLI (gh extension install cli/gh-webhook):',
    `  gh webhook forward --repo <owner>/<name> --events '*' --url ${local} --secret ${quoted(secret)}`,
    'By a tunnel: repository, Settings, Webhooks, Add webhook:',
    `  Payload URL ${outside ?? 'https://<tunnel>/api/webhooks/github'}, content type application/json, secret ${secret}`,
  ],
  stripe: (destination) => [
    'Without a tunnel, by the Stripe CLI:',
    `  stripe listen --forward-to ${destination.local}`,
    'It prints a secret of its own (whsec_…), which the local vault has to have:',
    `  ${keepSecret(destination, 'whsec_…')}`,
  ],
  slack: (destination) => [
    'api.slack.com/apps, your app, Event Subscriptions, Request URL:',
    `  ${tunnelled(destination).replace('…', 'slack')}`,
    'Slack chooses the secret (Basic Information, Signing Secret):',
    `  ${keepSecret(destination, 'signing secret')}`,
  ],
  discord: (destination) => [
    'discord.com/developers, your application, Webhooks (events) or General Information (Interactions Endpoint URL):',
    `  ${tunnelled(destination).replace('…', 'discord')}`,
    'Discord signs with a key of its own, of which the vault needs the public half (General Information, Public Key):',
    `  ${keepSecret(destination, 'public key')}`,
  ],
};

const anyGuide: Guide = (destination) => [
  `Webhook URL  ${tunnelled(destination).replace('…', destination.provider)}`,
  `Secret       ${destination.secret}`,
  `If it chooses the secret itself: ${keepSecret(destination, 'secret')}`,
];

/** The senders that are shown when none is named. */
export const usualProviders = ['github', 'stripe', 'slack', 'discord'] as const;

/** How to point one sender at this machine. */
export const describeRoute = (destination: Destination): readonly string[] => {
  const { provider, isOn } = destination;
  const heading = isOn
    ? provider
    : `${provider} (not switched on: PROVIDERS=${provider === 'github' ? '' : 'github,'}${provider} npm start)`;
  const lines = (guides[provider] ?? anyGuide)(destination);
  return [heading, ...lines.map((line) => `  ${line}`), ''];
};

/** Programs that make a public address for a port, none of which needs anything of ours. */
export const describeTunnels = (port: string): readonly string[] => [
  'A public address for this machine, by any of these; then: npm run listen -- https://<the address it prints>',
  `  cloudflared tunnel --url http://127.0.0.1:${port}`,
  `  devtunnel host --port-numbers ${port} --allow-anonymous`,
  `  ngrok http ${port}`,
  '',
];
