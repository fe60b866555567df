/** One place of a guide: a file that is written, or one that gets some lines before what stands there. */
export type Place =
  | { readonly path: string; readonly text: string }
  | { readonly path: string; readonly before: string; readonly insert: string };

/** What a guide is followed with: something that nobody needs. */
export interface Item {
  /** The heading of the guide, and the page that it stands on. */
  readonly guide: string;
  readonly page: string;
  readonly places: readonly Place[];
  /** A place that the guide leaves open. */
  readonly wherever?: string;
}

const importInto = (path: string, line: string): Place => ({ path, before: 'import ', insert: `${line}\n` });

const providerFile = `import { defineProvider } from './provider.js';
import { describeEvent } from './describe-event.js';
import { textAt } from './read-member.js';

/** A sender that nobody knows. */
export const castOff = defineProvider({
  name: 'cast-off',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'X-Cast-Off-Signature',
      prefix: 'v1=',
      encoding: 'hex',
      key: 'text',
      signedBytes: '{body}',
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Never sends again.',
  describe: (_delivery, payload) =>
    describeEvent({
      event: textAt(payload, 'kind'),
      deliveryId: textAt(payload, 'id'),
      source: 'https://cast-off.example',
      subject: undefined,
    }),
});
`;

const fixture = {
  documentation: 'https://cast-off.example/webhooks',
  body: { id: '{deliveryId}', kind: 'thing.made' },
  event: {
    id: '{deliveryId}',
    type: 'cast-off.thing.made',
    source: 'https://cast-off.example',
    partitionkey: 'https://cast-off.example',
  },
};

export const provider: Item = {
  page: 'docs/add-a-provider.md',
  guide: '## A built-in provider',
  places: [
    { path: 'src/providers/cast-off.ts', text: providerFile },
    { path: 'test/fixtures/providers/cast-off/thing-made.json', text: JSON.stringify(fixture) },
    importInto('src/providers/built-in.ts', "import { castOff } from './cast-off.js';"),
    { path: 'src/providers/built-in.ts', before: '  twitch,\n', insert: '  castOff,\n' },
    { path: 'docs/security.md', before: '- `twitch`: ', insert: '- `cast-off`: nothing.\n' },
    { path: 'docs/providers.md', before: '| `twitch` | `', insert: '| `cast-off` | `kind` | `id` | source |\n' },
  ],
};

export const setting: Item = {
  page: 'CONTRIBUTING.md',
  guide: '### Add a setting',
  places: [
    {
      path: 'src/settings/environment-schema.ts',
      before: '  MAX_MESSAGE_BYTES: row(',
      insert:
        "  THROW_AWAY_SECONDS: row(\n    { meaning: 'nothing', shown: true },\n    wholeNumber({ from: 1, to: 10, fallback: 5, unit: 'seconds' }),\n  ),\n",
    },
    {
      path: 'src/settings/settings.ts',
      before: '  readonly maxMessageBytes: number;',
      insert: '  readonly throwAwayMs: number;\n',
    },
    {
      path: 'src/settings/read-settings.ts',
      before: '  maxMessageBytes: environment',
      insert: '  throwAwayMs: environment.THROW_AWAY_SECONDS * 1_000,\n',
    },
  ],
};

export const endpoint: Item = {
  page: 'CONTRIBUTING.md',
  guide: '### Add an endpoint',
  places: [
    {
      path: 'src/http/throw-away-endpoint.ts',
      text: `import type { HttpHandler } from './receive-webhook.js';

/** \`GET throw-away\`: does nothing of use. */
export const createThrowAway = (): HttpHandler => async () => ({ status: 200, jsonBody: { thrown: 'away' } });
`,
    },
    {
      path: 'src/composition/endpoints.ts',
      before: '] as const satisfies',
      insert:
        "  {\n    name: 'throwAway',\n    route: 'throw-away',\n    access: 'key',\n    methods: { GET: 'throwAway' },\n    says: 'does nothing of use',\n  },\n",
    },
    importInto('src/composition/app.ts', "import { createThrowAway } from '../http/throw-away-endpoint.js';"),
    {
      path: 'src/composition/app.ts',
      before: '    consoleFile: createConsoleFile(',
      insert: '    throwAway: createThrowAway(),\n',
    },
  ],
};

export const command: Item = {
  page: 'CONTRIBUTING.md',
  guide: '### Add an operator command',
  places: [
    {
      path: 'src/http/throw-out-command.ts',
      text: `import type { CarryOut } from './operator-endpoint.js';

/** \`POST throw-out\`: throws nothing out. */
export const createThrowOut = (): CarryOut => async () => ({
  reply: { status: 200, jsonBody: { thrownOut: 0 } },
  audit: { outcome: 'done' },
});
`,
    },
    {
      path: 'src/composition/endpoints.ts',
      before: '] as const satisfies',
      insert:
        "  {\n    name: 'throwOut',\n    route: 'throw-out',\n    access: 'operator',\n    methods: { POST: 'throwOut' },\n    says: 'throws nothing out',\n  },\n",
    },
    importInto('src/composition/operations.ts', "import { createThrowOut } from '../http/throw-out-command.js';"),
    {
      path: 'src/composition/operations.ts',
      before: '    metrics: createMetricsEndpoint(',
      insert: "    throwOut: operator('throwOut', createThrowOut()),\n",
    },
  ],
};

export const metric: Item = {
  page: 'CONTRIBUTING.md',
  guide: '### Add a metric',
  wherever: 'src/composition/observation.ts',
  places: [
    {
      path: 'src/observability/metrics/metric-catalogue.ts',
      before: '} as const satisfies Readonly<Record<string, MetricDefinition>>',
      insert:
        "  breakwater_throw_aways_total: {\n    type: 'counter',\n    help: 'Nothing of use.',\n    labels: {},\n  },\n",
    },
    {
      path: 'src/composition/observation.ts',
      before: '    try {',
      insert: "    metrics.count('breakwater_throw_aways_total', {});\n",
    },
  ],
};

export const items: readonly Item[] = [provider, setting, endpoint, command, metric];
