/** Why the broker refuses something, as an AMQP error that the Azure SDK knows. */
export interface AmqpFailure {
  readonly condition: string;
  readonly description: string;
  /** The status of a management reply that says the same. */
  readonly status: number;
}

/** No such queue. The SDK tells this apart by the description's wording. */
export function queueNotFound(name: string): AmqpFailure {
  const description = `The messaging entity '${name}' could not be found. To know more visit https://aka.ms/sbResourceMgrExceptions.`;
  return { condition: 'amqp:not-found', description, status: 404 };
}

export function queueDisabled(name: string): AmqpFailure {
  const description = `The messaging entity '${name}' is currently disabled.`;
  return { condition: 'com.microsoft:entity-disabled', description, status: 400 };
}

export function messageTooLarge(bytes: number, limit: number): AmqpFailure {
  const description = `The message (${bytes} bytes) is larger than is currently allowed (${limit} bytes).`;
  return { condition: 'amqp:link:message-size-exceeded', description, status: 403 };
}

/** https://learn.microsoft.com/azure/service-bus-messaging/service-bus-quotas */
export const propertyLimits = { allBytes: 64 * 1024, oneBytes: 32 * 1024 } as const;

export const propertiesTooLarge: AmqpFailure = {
  condition: 'com.microsoft:argument-error',
  description: 'The properties of a message may take 64 KB in all, those of the system included, and 32 KB each.',
  status: 400,
};

export function queueFull(name: string, limit: number): AmqpFailure {
  const description = `The maximum entity size of '${name}' (${limit} bytes) has been reached.`;
  return { condition: 'amqp:resource-limit-exceeded', description, status: 403 };
}

export function notAllowed(description: string): AmqpFailure {
  return { condition: 'amqp:not-allowed', description, status: 400 };
}

export function badRequest(description: string): AmqpFailure {
  return { condition: 'com.microsoft:argument-error', description, status: 400 };
}

export function malformed(description: string): AmqpFailure {
  return { condition: 'amqp:decode-error', description, status: 400 };
}

export function notImplemented(description: string): AmqpFailure {
  return { condition: 'amqp:not-implemented', description, status: 501 };
}

export const noTransactions: AmqpFailure = notImplemented(
  'This stand-in for Service Bus has no transactions: send and settle one by one, or test against Azure.',
);

export const serverBusy: AmqpFailure = {
  condition: 'com.microsoft:server-busy',
  description: 'The request was terminated because the entity is being throttled. Please wait and try again.',
  status: 503,
};

export const unauthorized: AmqpFailure = {
  condition: 'amqp:unauthorized-access',
  description: 'Unauthorized access. The claim is not valid.',
  status: 401,
};

export const notWritten: AmqpFailure = {
  condition: 'amqp:internal-error',
  description: 'The service was unable to process the request; please retry the operation.',
  status: 500,
};

export const messageLockLost: AmqpFailure = {
  condition: 'com.microsoft:message-lock-lost',
  description: 'The lock supplied is invalid. Either the lock expired, or the message has already been removed.',
  status: 410,
};

export const sessionLockLost: AmqpFailure = {
  condition: 'com.microsoft:session-lock-lost',
  description: 'The session lock has expired. Accept the session again.',
  status: 410,
};

export const sessionLocked: AmqpFailure = {
  condition: 'com.microsoft:session-cannot-be-locked',
  description: 'The requested session cannot be accepted. It may be locked by another receiver.',
  status: 410,
};

export const noSessionWaits: AmqpFailure = {
  condition: 'com.microsoft:timeout',
  description: 'The operation did not complete within the allotted timeout: no session with messages is free.',
  status: 408,
};

export const messageNotFound: AmqpFailure = {
  condition: 'com.microsoft:message-not-found',
  description: 'The specified message does not exist.',
  status: 404,
};
