import type { ErrorStatus } from './fault.js';

/** What answers with errors on a service's behalf. */
export interface ErrorAnswers {
  /** Every request gets this error from now on; `undefined`: they are served again. */
  setErrorStatus(status: ErrorStatus | undefined): void;
  /** Where requests are to go meanwhile, a port of 127.0.0.1; absent: to the service, which answers by itself. */
  readonly port?: number;
  close?(): Promise<void>;
}
