import { quickenIndex } from './quicken-index.js';
import { quickenRequests } from './quicken-requests.js';
import { writeWholeUploads } from './write-whole-uploads.js';

const saveTimeoutMs = 30_000;

/**
 * The channel to the parent closes however the parent ends, SIGKILL included, and Azurite then saves and stops as when it is asked
 * to. Nobody reads what it prints then: a failure to print must not end it while it saves.
 */
const endWithParent = (): void => {
  process.once('disconnect', () => {
    setTimeout(() => process.exit(1), saveTimeoutMs).unref();
    for (const output of [process.stdout, process.stderr]) output.on('error', () => undefined);
    if (!process.emit('message', 'shutdown', undefined)) process.exit(0);
  });
  // The channel alone keeps nothing alive.
  process.channel?.unref();
};

/** Azurite's process: `dist/local/azurite.cjs`, which has all of Azurite inside. */
endWithParent();
writeWholeUploads();
quickenIndex();
quickenRequests();
void import('azurite/dist/src/blob/main.js');
