import { type PipelinePolicy, type PipelineResponse, type RestError, retryPolicy } from '@azure/core-rest-pipeline';

/** As `@azure/storage-blob` takes them. The first repeat comes at once, each further one after twice the time. */
export interface StorageRetries {
  readonly maxTries: number;
  readonly retryDelayInMs: number;
  readonly maxRetryDelayInMs: number;
}

/** What may go away by itself: those that the storage SDK repeats, too. */
const passingStatuses: ReadonlySet<number> = new Set([500, 503]);
const passingErrors: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ESOCKETTIMEDOUT',
  'ETIMEDOUT',
  'REQUEST_SEND_ERROR',
]);

const mayPass = (response: PipelineResponse | undefined, error: RestError | undefined): boolean =>
  error === undefined ? passingStatuses.has(response?.status ?? 0) : passingErrors.has(error.code ?? '');

/** Tries again as the storage SDK does. */
export const storageRetryPolicy = ({ maxTries, retryDelayInMs, maxRetryDelayInMs }: StorageRetries): PipelinePolicy =>
  retryPolicy(
    [
      {
        name: 'storage',
        retry: ({ retryCount, response, responseError }) =>
          mayPass(response, responseError)
            ? { retryAfterInMs: Math.min((2 ** retryCount - 1) * retryDelayInMs, maxRetryDelayInMs) }
            : { skipStrategy: true },
      },
    ],
    { maxRetries: maxTries - 1 },
  );
