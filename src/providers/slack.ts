import { isForm } from '../envelope/decode-payload.js';
import { type FormReading, formFields } from '../envelope/form-fields.js';
import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description, ExactReply } from './provider.js';
import { defineProvider } from './provider.js';
import { hasObjectAt, textAt, urlBelow, wordAt } from './read-member.js';
import { emptyReply, textReply } from './replies.js';

/** Slash commands are forms without a type of their own. */
const eventOf = (payload: unknown): { readonly event: string | undefined; readonly action: string | undefined } => {
  const command = wordAt(payload, 'command');
  if (command !== undefined) return { event: 'slash_command', action: command.replace(/^\//, '') };
  return hasObjectAt(payload, 'event')
    ? { event: wordAt(payload, 'event', 'type'), action: wordAt(payload, 'event', 'subtype') }
    : { event: wordAt(payload, 'type'), action: undefined };
};

const workspaceOf = (payload: unknown): string | undefined =>
  textAt(payload, 'team_id') ??
  textAt(payload, 'team', 'id') ??
  textAt(payload, 'enterprise_id') ??
  textAt(payload, 'enterprise', 'id');

const channelOf = (payload: unknown): string | undefined =>
  textAt(payload, 'event', 'channel') ??
  textAt(payload, 'event', 'channel', 'id') ??
  textAt(payload, 'event', 'channel_id') ??
  textAt(payload, 'event', 'item', 'channel') ??
  textAt(payload, 'channel', 'id') ??
  textAt(payload, 'container', 'channel_id') ??
  textAt(payload, 'channel_id');

const userOf = (payload: unknown): string | undefined =>
  textAt(payload, 'event', 'user') ?? textAt(payload, 'event', 'user', 'id') ?? textAt(payload, 'user', 'id');

const messageOf = (payload: unknown): string | undefined =>
  textAt(payload, 'event', 'item', 'ts') ??
  textAt(payload, 'event', 'message', 'ts') ??
  textAt(payload, 'event', 'ts') ??
  textAt(payload, 'message', 'ts') ??
  textAt(payload, 'container', 'message_ts');

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const workspace = workspaceOf(payload);
  const channel = entity('channel', channelOf(payload));
  const conversation = channel ?? entity('user', userOf(payload));
  const message = channel && entity('message', messageOf(payload));
  return describeEvent({
    ...eventOf(payload),
    deliveryId: textAt(payload, 'event_id'),
    source: urlBelow('https://app.slack.com/client', workspace),
    subject: joinSubject(workspace, conversation, message),
    place: workspace,
    conversation: joinSubject(workspace, conversation),
    reply: emptyReply,
  });
};

/** Slack's test of the certificate is a short form, and of those that say no more than this. */
const maxSslCheckBytes = 1024;
const sslCheckFields: ReadonlySet<string> = new Set(['ssl_check', 'token']);

const isSslCheck = (form: FormReading): boolean =>
  form.kind === 'fields' &&
  form.fields['ssl_check'] === '1' &&
  Object.keys(form.fields).every((name) => sslCheckFields.has(name));

/** `ssl_check` comes without a signature, and wants its 200 (https://docs.slack.dev/interactivity/implementing-slash-commands). */
const answerUnsigned = ({ headers, body }: Delivery): ExactReply | undefined =>
  body.length <= maxSslCheckBytes && isForm(headers.get('content-type') ?? '') && isSslCheck(formFields(body))
    ? emptyReply
    : undefined;

const challengeForm = /^[\x21-\x7e]{1,1024}$/;

/** `url_verification`: the challenge alone, as plain text (https://docs.slack.dev/reference/events/url_verification). */
const handshake = (_delivery: Delivery, payload: unknown): ExactReply | undefined => {
  const challenge = textAt(payload, 'challenge') ?? '';
  return textAt(payload, 'type') === 'url_verification' && challengeForm.test(challenge)
    ? textReply(challenge)
    : undefined;
};

/**
 * Slack: events, slash commands and interactivity (https://docs.slack.dev/authentication/verifying-requests-from-slack).
 * A channel is what events are ordered by. Answered with an empty 200: Slack would show a body to its user.
 */
export const slack = defineProvider({
  name: 'slack',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'X-Slack-Signature',
      prefix: 'v0=',
      encoding: 'hex',
      key: 'text',
      signedBytes: 'v0:{timestamp}:{body}',
      timestamp: { header: 'X-Slack-Request-Timestamp', format: 'seconds', toleranceSeconds: 300 },
    },
  ],
  contentTypes: ['application/json', 'application/x-www-form-urlencoded'],
  formField: 'payload',
  plainForms: true,
  replyBudgetMs: 2500,
  acceptedStatus: 200,
  afterFailure:
    'Sends an event again at once, after a minute and after five; above 95 % failures in an hour it switches the events off.',
  answerUnsigned,
  describe,
  handshake,
});
