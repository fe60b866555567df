import { builtInProviders } from '../../src/providers/built-in.js';
import { fixtureSender } from './fixture-sender.js';
import { githubSender } from './github-sender.js';
import type { Sender } from './sender.js';

/** Every provider that can be played on this machine. */
export const senders: readonly Sender[] = builtInProviders.map((provider) =>
  provider.name === githubSender.provider ? githubSender : fixtureSender(provider),
);
