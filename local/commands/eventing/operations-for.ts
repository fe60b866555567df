import { localAdminToken, localFunctionKey } from '../../stack/local-secrets.js';
import { requireStack, stateDirectoryFor } from '../stack/state-option.js';
import { readBaseUrl } from '../terminal/ask-host.js';
import { CommandError } from '../terminal/command-error.js';
import type { EventOperations } from './event-operations.js';

/** The host of the running stack, or the one that `--url` names with what its operators show. Throws `CommandError`. */
export const operationsFor = async (values: {
  readonly url?: string | undefined;
  readonly state?: string | undefined;
}): Promise<EventOperations> => {
  const { ADMIN_TOKEN: adminToken, FUNCTION_KEY: functionKey } = process.env;
  if (values.url !== undefined) {
    if (adminToken === undefined) throw new CommandError('With --url the variable ADMIN_TOKEN has to hold the token');
    return { hostUrl: readBaseUrl(values.url), adminToken, functionKey };
  }
  const { host } = await requireStack(stateDirectoryFor(values.state));
  if (host === undefined) throw new CommandError('The stack runs without a host', 'Start it with: npm start');
  return { hostUrl: host.url, adminToken: localAdminToken, functionKey: localFunctionKey };
};
