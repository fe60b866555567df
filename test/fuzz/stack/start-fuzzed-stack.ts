import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningStack, startStack } from '../../support/start-stack.js';
import { fuzzedProviders, providersFile } from './fuzzed-senders.js';

/** Small enough that bodies above it are cheap to send. */
const maxPayloadBytes = 262_144;

/** One bot whose sessions are made of what senders say, one without. */
const bots = {
  bots: [
    { name: 'everything', queue: 'bot-everything', events: ['*'], ordered: true },
    { name: 'forges', queue: 'bot-forges', events: ['github', 'gitlab'], repositories: ['octo-org/*'], ordered: false },
  ],
};

/** The local stack with every provider switched on. */
export const startFuzzedStack = async (): Promise<RunningStack> => {
  const folder = await mkdtemp(join(tmpdir(), 'breakwater-fuzz-'));
  const file = join(folder, 'providers.json');
  await writeFile(file, providersFile);
  const environment = {
    PROVIDERS: fuzzedProviders.join(','),
    PROVIDERS_CONFIG: file,
    MAX_PAYLOAD_BYTES: String(maxPayloadBytes),
  };
  const stack = await startStack({ environment, bots });
  return {
    ...stack,
    stop: async () => {
      const code = await stack.stop();
      await rm(folder, { recursive: true, force: true });
      return code;
    },
  };
};
