import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { type HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { archiveName, encodeMetadata } from '../../../src/archive/blob-form.js';
import { createApp } from '../../../src/composition/app.js';
import { createRandomHex } from '../../../src/envelope/random-hex.js';
import { createInvocationLog } from '../../../src/observability/log/log.js';
import { createTimerRuns } from '../../../src/outbox/drain/timer-runs.js';
import { createMemorySecretStore } from '../../../src/secrets/memory-secret-store.js';
import { readSettings } from '../../../src/settings/read-settings.js';
import { appClock } from '../../../src/time/clock.js';
import { createMemoryBacklogSource } from '../../support/memory/backlog-source.js';
import { createMemoryBatchStore } from '../../support/memory/batch-store.js';
import { createMemoryOneBlob } from '../../support/memory/one-blob.js';
import { createMemoryOutboxStore } from '../../support/memory/outbox-store.js';
import { createMemoryPayloadArchive } from '../../support/memory/payload-archive.js';
import { createMemoryPresenceStore } from '../../support/memory/presence-store.js';
import { createMemoryPublishedListStore } from '../../support/memory/published-list-store.js';
import { createMemoryQuarantineStore } from '../../support/memory/quarantine-store.js';
import { createByHandHandler } from '../by-hand/receive-webhook.js';
import type { GithubPayload } from '../support/github-payloads.js';
import { preparedRequest, secret, signatureOf } from './prepared-request.js';

/** One way to take the same delivery; `take` does it once and throws when it was not accepted. */
export interface Subject {
  readonly name: 'breakwater' | 'by hand' | 'floor';
  readonly take: () => Promise<void>;
}

type Handler = (request: HttpRequest, context: InvocationContext) => Promise<HttpResponseInit>;

/** Each time under an id of its own, as a sender's stream is: repeats take a shorter way. */
const accepting = (handler: Handler, payload: GithubPayload): (() => Promise<void>) => {
  const request = preparedRequest(payload);
  const context = new InvocationContext({ functionName: 'receiveWebhook', logHandler: () => {} });
  let deliveries = 0;
  return async () => {
    deliveries += 1;
    request.headers.set('x-github-delivery', `72d3162e-cc78-11e3-81ab-${String(deliveries).padStart(12, '0')}`);
    const { status, jsonBody } = await handler(request, context);
    if (status !== 202) throw new Error(`Answered ${status}: ${JSON.stringify(jsonBody)}`);
  };
};

const settings = () => {
  const reading = readSettings({
    AZURE_FUNCTIONS_ENVIRONMENT: 'Development',
    PayloadStorage: 'UseDevelopmentStorage=true',
    ServiceBus: 'Endpoint=sb://127.0.0.1;SharedAccessKeyName=k;SharedAccessKey=local;UseDevelopmentEmulator=true',
    WEBHOOK_SECRET_GITHUB: secret,
  });
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems));
  return reading.settings;
};

const orderBy = 'entity';

/** Three bots, one of which wants what is delivered: by hand there is one message, too. */
const bots = [
  { name: 'recorder', queue: 'bot-recorder', events: ['github', '!github.ping'], ordered: true, orderBy },
  { name: 'merge-warden', queue: 'bot-merge-warden', events: ['github.pull_request'], ordered: true, orderBy },
  { name: 'releaser', queue: 'bot-releaser', events: ['github.release.published'], ordered: false, orderBy },
] as const;

/** The whole handler, its breakers, metrics, log line and notes included, on stores that hold nothing and answer at once. */
const breakwater = (): Handler => {
  const archive = createMemoryPayloadArchive();
  const app = createApp({
    settings: settings(),
    bots,
    archive: {
      ...archive,
      async put(stored) {
        encodeMetadata(stored);
        const name = archiveName(stored.attributes);
        return {
          name,
          url: `https://account.blob.core.windows.net/webhook-payloads/${name}`,
          conflict: false,
          duplicate: false,
        };
      },
    },
    outbox: createMemoryOutboxStore({ clock: appClock }),
    timerRuns: createTimerRuns(createMemoryOneBlob()),
    batches: createMemoryBatchStore(),
    quarantine: createMemoryQuarantineStore({ clock: appClock }),
    archiveIndex: { write: async () => {}, list: async () => ({ names: [] }), read: async () => Buffer.alloc(0) },
    bodyLog: { append: async () => {}, list: async () => [], read: async () => Buffer.alloc(0) },
    presences: createMemoryPresenceStore(appClock),
    queue: { send: async () => {} },
    backlog: createMemoryBacklogSource(() => []),
    publishedLists: createMemoryPublishedListStore(),
    downloadGithubMeta: async () => ({ kind: 'failed', reason: 'unreachable' }),
    secretStore: createMemorySecretStore({ 'github-webhook-secret': secret }),
    buildClients: async () => {},
    probes: { 'blob-storage': async () => {}, 'service-bus': async () => {}, 'key-vault': async () => {} },
    clock: appClock,
    log: createInvocationLog(console),
    newId: randomUUID,
    newHex: createRandomHex(randomBytes),
    process: 'bench',
    version: 'bench',
    instance: 'bench',
  });
  return app.receiveWebhook;
};

/** What the SDK makes of a message's body. */
const encode = async ({ body }: { readonly body: unknown }): Promise<void> =>
  void Buffer.from(JSON.stringify(body), 'utf8');

const byHand = (): Handler => createByHandHandler({ secret, upload: async () => {}, send: encode });

/** The least that anybody can do: the HMAC and one parse of the same bytes. */
const floor = ({ body }: GithubPayload): Subject => {
  const expected = Buffer.from(signatureOf(body).slice('sha256='.length), 'hex');
  return {
    name: 'floor',
    take: async () => {
      if (!timingSafeEqual(createHmac('sha256', secret).update(body).digest(), expected)) throw new Error('Forged');
      const payload: unknown = JSON.parse(body.toString('utf8'));
      if (payload === null) throw new Error('Nothing');
    },
  };
};

/** One of each handler for payloads of every size, as in one process. */
export const createSubjects = (): ((payload: GithubPayload) => readonly Subject[]) => {
  const handlers = { breakwater: breakwater(), byHand: byHand() };
  return (payload) => [
    { name: 'breakwater', take: accepting(handlers.breakwater, payload) },
    { name: 'by hand', take: accepting(handlers.byHand, payload) },
    floor(payload),
  ];
};
