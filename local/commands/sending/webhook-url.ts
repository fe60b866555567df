import { isLoopback } from '../../../src/settings/connection-string.js';
import { CommandError } from '../terminal/command-error.js';

/** The URL to post to: `target` as it is when it has a path, else its webhook route for `provider`. */
export const webhookUrl = (target: string, provider: string): URL => {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new CommandError(
      `--url "${target}" is not an http or https URL`,
      'Give a base such as http://127.0.0.1:7071, or the whole URL of the webhook',
    );
  return url.pathname === '/' ? new URL(`/api/webhooks/${provider}${url.search}`, url) : url;
};

/** The secret to sign with; the one of this machine is for this machine alone. */
export const secretFor = (url: URL, given: string | undefined, localSecret: string): string => {
  if (given !== undefined) return given;
  if (isLoopback(url.hostname)) return localSecret;
  throw new CommandError(`${url.host} is not this machine`, 'Say which secret to sign with: --secret <secret>');
};
