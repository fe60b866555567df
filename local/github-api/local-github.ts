import type { ErrorStatus } from '../faults/fault.js';
import { createTriedDeliveries, type LocalHistory } from '../senders/tried-delivery.js';
import { type GithubApiFault, startGithubApi } from './start-github-api.js';

/** GitHub says by 403 that the hour's limit is reached, and by 429 that too much came at once. */
const faults: Readonly<Record<ErrorStatus, GithubApiFault>> = {
  401: 401,
  403: 'primary-limit',
  404: 404,
  429: 'secondary-limit',
  500: 500,
  503: 503,
};

export const startLocalGithub = async (): Promise<LocalHistory> => {
  const tried = createTriedDeliveries();
  const { url, asked, record, setFault, close } = await startGithubApi({ redeliver: tried.repeat });
  return {
    port: Number(new URL(url).port),
    asked,
    record: (delivery) => {
      tried.keep(delivery);
      const { id: guid, event, status, atMs } = delivery;
      record({ guid, event, status, ...(atMs !== undefined && { atMs }) });
    },
    setErrorStatus: (status) => setFault(status === undefined ? 'none' : faults[status]),
    close,
  };
};
