import { githubSender } from './github-sender.js';
import type { Sender } from './sender.js';

/** Every provider that can be played on this machine. */
export const senders: readonly Sender[] = [githubSender];
