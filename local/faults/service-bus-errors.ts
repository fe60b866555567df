import type { Fault } from '../service-bus/wire/fault-switch.js';
import type { ErrorAnswers } from './error-answers.js';
import type { ErrorStatus } from './fault.js';

/** Service Bus has conditions, each with a status of its own; throttling is `server-busy` for both of its statuses. */
const conditions: Readonly<Record<ErrorStatus, Fault>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not-found',
  429: 'server-busy',
  500: 'internal-error',
  503: 'server-busy',
};

/** Lets the Service Bus stand-in refuse everything as the service would with that status. */
export const serviceBusErrors = (standIn: { setFault(fault: Fault | undefined): void }): ErrorAnswers => ({
  setErrorStatus: (status) => standIn.setFault(status === undefined ? undefined : conditions[status]),
});
