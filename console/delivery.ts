import { age } from './ages.js';
import type { Api } from './api.js';
import { confirm, openDialog } from './confirm.js';
import { el, factsList, say } from './dom.js';
import type { Copy, EventAnswer, ReplayedOne } from './shapes.js';

interface Named {
  readonly id: string;
  readonly provider: string;
  readonly time: string;
}

const copiesOf = (title: string, copies: readonly Copy[]): readonly HTMLElement[] =>
  copies.length === 0
    ? []
    : [
        el('h3', {}, title),
        el(
          'ul',
          {},
          ...copies.map(({ bot, queue, attempts, reason }) =>
            el('li', {}, `${bot} (${queue}): ${reason ?? 'unknown'}, ${attempts} attempts`),
          ),
        ),
      ];

const describe = (copy: EventAnswer | EventAnswer['others'][number]): readonly HTMLElement[] => [
  factsList({
    Type: copy.type,
    Subject: copy.subject,
    Source: copy.source,
    Repository: copy.repository,
    Arrived: el('span', {}, `${copy.time}, `, age(copy.time)),
    Signature: `${copy.signature}, secret version ${copy.secretVersion}`,
    Archived: el('code', {}, copy.archived.name),
    Payload: `${copy.archived.bytes} bytes, ${copy.archived.contentType}`,
    'SHA-256': el('code', {}, copy.archived.sha256),
    Session: copy.sessionKey,
    'Wanted by': copy.bots.join(', ') || 'no bot',
    Correlation: el('code', {}, copy.correlationId),
  }),
  ...copiesOf('Owed', copy.owed),
  ...copiesOf('Given up', copy.deadLettered),
];

const replay = async (api: Api, { id, provider, time }: Named): Promise<void> => {
  const body = { id, provider, date: time.slice(0, 10) };
  const dry = await api.send<ReplayedOne>('POST', 'events/replay', { ...body, dryRun: true });
  if (dry.kind !== 'ok') return say(dry.kind === 'failed' ? `Not sent. ${dry.what}` : '');
  const bots = dry.body.wouldSendTo ?? [];
  if (bots.length === 0) return say('No bot wants this event: there is nobody to send it to.');
  const force = el('input', { attributes: { type: 'checkbox', id: 'force' } });
  const wanted = await confirm({
    title: 'Send this event again',
    says: [
      `It goes to ${bots.join(', ')}, in the very same envelope and under the same message id: a queue that has had it within its window of duplicate detection drops it.`,
      el('label', { class: 'check' }, force, 'Force: a new message id, so that every bot gets it once more'),
      'An audit line is left.',
    ],
    command: 'Send again',
  });
  if (!wanted) return;
  const answer = await api.send<ReplayedOne>('POST', 'events/replay', { ...body, force: force.checked });
  if (answer.kind !== 'ok') return say(answer.kind === 'failed' ? `Not sent. ${answer.what}` : '');
  const failed = answer.body.failed.map(({ bot, reason }) => `${bot}: ${reason}`).join(', ');
  say(`Sent to ${answer.body.sentTo.join(', ') || 'nobody'}.${failed === '' ? '' : ` Failed: ${failed}.`}`);
};

/** One delivery with all that is known of it, and the command to send it again. */
export const showDelivery = async (api: Api, named: Named): Promise<void> => {
  const { id, provider, time } = named;
  const query = new URLSearchParams({ id, provider, date: time.slice(0, 10) });
  const answer = await api.ask<EventAnswer>(`events?${query}`);
  if (answer.kind !== 'ok') return say(answer.kind === 'failed' ? answer.what : '');
  const { others } = answer.body;
  const dialog = openDialog(
    id,
    ...describe(answer.body),
    ...others.flatMap((other) => [el('h3', {}, 'Another copy under this id'), ...describe(other)]),
    el(
      'div',
      { class: 'buttons' },
      el(
        'button',
        { class: 'quiet', attributes: { type: 'button', autofocus: '' }, onClick: () => dialog.close() },
        'Close',
      ),
      el('button', { attributes: { type: 'button' }, onClick: () => void replay(api, named) }, 'Send again'),
    ),
  );
};
