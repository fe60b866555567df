import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { textAt, urlBelow, wordAt } from './read-member.js';
import { jsonReply } from './replies.js';

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const team = textAt(payload, 'channelData', 'team', 'id') ?? textAt(payload, 'channelData', 'teamsTeamId');
  const thread = textAt(payload, 'conversation', 'id');
  const [channel] = thread?.split(';') ?? [];
  return describeEvent({
    event: textAt(payload, 'type'),
    action: wordAt(payload, 'name'),
    deliveryId: textAt(payload, 'id'),
    idScope: channel,
    source: urlBelow('https://teams.microsoft.com/l/team', team),
    subject: joinSubject(team, entity('channel', channel), entity('message', textAt(payload, 'id'))),
    place: team,
    conversation: entity('channel', thread),
    reply: jsonReply({ type: 'message', text: 'Received.' }),
  });
};

/**
 * Microsoft Teams: outgoing webhooks (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook).
 * Teams shows the reply in the thread, so it is a message of one word. A thread is what messages are ordered by.
 */
export const microsoftTeams = defineProvider({
  name: 'microsoft-teams',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'Authorization',
      prefix: 'HMAC ',
      encoding: 'base64',
      key: 'base64',
    },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 4500,
  acceptedStatus: 200,
  afterFailure: 'Never sends again; the user sees that no answer came within five seconds.',
  describe,
});
