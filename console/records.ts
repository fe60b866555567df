import { age } from './ages.js';
import type { Api } from './api.js';
import { confirm } from './confirm.js';
import { showDelivery } from './delivery.js';
import { byId, deliveryLink, el, fill, say, short, table } from './dom.js';
import type { RecordsAnswer, RevivedLetters, StoredRecord } from './shapes.js';

type Kind = 'outbox' | 'dead-letters';

const explanations: Readonly<Record<Kind, string>> = {
  outbox: 'Events that are archived and still owed to some queues. The timer delivers them, oldest first.',
  'dead-letters': 'Copies that were given up. Mend the reason first, then owe a bot all of its copies again.',
};

/** What is owed, or was given up. */
export class Records {
  readonly #api: Api;
  readonly #kind: Kind;
  #records: readonly StoredRecord[] = [];

  constructor(api: Api, kind: Kind) {
    this.#api = api;
    this.#kind = kind;
  }

  show({ records, deadLetters, total, more, next }: RecordsAnswer): void {
    this.#records = records ?? deadLetters ?? [];
    const count = `${total}${more === true ? ' or more' : ''}`;
    const rows = this.#records.flatMap((record) => this.#rows(record));
    const isDead = this.#kind === 'dead-letters';
    const bots = [...new Set(this.#records.flatMap(({ copies }) => copies.map(({ bot }) => bot)))].toSorted();
    fill(
      byId(this.#kind),
      el('p', { class: 'hint' }, explanations[this.#kind]),
      isDead && bots.length > 0 && el('div', { class: 'more' }, ...bots.map((bot) => this.#replayButton(bot))),
      rows.length === 0
        ? el('p', { class: 'hint' }, isDead ? 'Nothing was given up.' : 'No queue is owed anything.')
        : table(`${count}, newest first`, ['Arrived', 'Bot', 'Reason', 'Attempts', 'Type', 'Id'], rows),
      next !== undefined && el('p', { class: 'hint' }, `The newest ${this.#records.length} of ${count} are shown.`),
    );
  }

  #rows(record: StoredRecord): readonly HTMLTableRowElement[] {
    const { id, time, type, copies } = record;
    return copies.map(({ bot, attempts, reason }) =>
      el(
        'tr',
        {},
        el('td', { class: 'time' }, age(time)),
        el('td', {}, bot),
        el('td', {}, reason ?? record.reason ?? 'unknown'),
        el('td', {}, attempts),
        el('td', { class: 'name' }, short(type)),
        el(
          'td',
          {},
          deliveryLink(id, {
            element: `${this.#kind}-${id}-${bot}`,
            onClick: () => void showDelivery(this.#api, record),
          }),
        ),
      ),
    );
  }

  #replayButton(bot: string): HTMLElement {
    return el(
      'button',
      { class: 'quiet', id: `revive-${bot}`, attributes: { type: 'button' }, onClick: () => void this.#revive(bot) },
      `Owe ${bot} its copies again`,
    );
  }

  async #revive(bot: string): Promise<void> {
    const counted = await this.#all(bot, true);
    if (counted === undefined) return;
    const wanted = await confirm({
      title: `Owe ${bot} its copies again`,
      says: [
        `${counted.revived} copies of ${counted.letters} dead letters become owed again, oldest first. The timer delivers them to the queue that ${bot} has now. Other bots' copies stay where they are.`,
        'An audit line is left.',
      ],
      command: 'Owe again',
    });
    if (!wanted) return;
    const done = await this.#all(bot, false);
    if (done !== undefined)
      say(
        `${done.revived} copies are owed to ${bot} again.${done.stuck > 0 ? ` ${done.stuck} letters could not be read or changed.` : ''}`,
      );
  }

  /** Call by call, to the end. */
  async #all(bot: string, dryRun: boolean): Promise<Pick<RevivedLetters, 'letters' | 'revived' | 'stuck'> | undefined> {
    let [letters, revived, stuck] = [0, 0, 0];
    let after: string | undefined;
    do {
      const body = { bot, dryRun, ...(after !== undefined && { after }) };
      const answer = await this.#api.send<RevivedLetters>('POST', 'dead-letters/replay', body);
      if (answer.kind !== 'ok') {
        say(answer.kind === 'failed' ? answer.what : '');
        return undefined;
      }
      letters += answer.body.letters;
      revived += answer.body.revived;
      stuck += answer.body.stuck;
      if (answer.body.stoppedBy === 'blob-storage')
        say('Storage failed half-way. Nothing is lost or doubled: do the same again later.');
      after = answer.body.stoppedBy === 'time-limit' ? answer.body.after : undefined;
    } while (after !== undefined);
    return { letters, revived, stuck };
  }
}
