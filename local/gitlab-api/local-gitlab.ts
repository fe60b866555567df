import { createTriedDeliveries, type LocalHistory } from '../senders/tried-delivery.js';
import { startGitlabApi } from './start-gitlab-api.js';

/** For a history here: GitLab's own term for a missing answer. */
const nobodyAnswered = 502;

export const startLocalGitlab = async (): Promise<LocalHistory> => {
  const tried = createTriedDeliveries();
  const { url, asked, record, setErrorStatus, close } = await startGitlabApi({ resend: tried.repeat });
  return {
    port: Number(new URL(url).port),
    asked,
    record: (delivery) => {
      tried.keep(delivery);
      const { id: key, event, status, atMs = Date.now() } = delivery;
      record({ key, event, status: status === nobodyAnswered ? 'internal error' : String(status), atMs });
    },
    setErrorStatus,
    close,
  };
};
