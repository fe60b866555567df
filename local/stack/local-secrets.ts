/** Every provider's secret on this machine: the one of GitHub's documentation. Refused outside development. */
export const localWebhookSecret = "It's a Secret to Everybody";

/** The token of the operations on this machine. */
export const localAdminToken = 'local-admin-token';

/** The key that the built-in host asks for when keys are asked for. */
export const localFunctionKey = 'local-function-key';
