import { age } from './ages.js';
import type { Api } from './api.js';
import { showDelivery } from './delivery.js';
import { byId, el, field, fill, table } from './dom.js';
import type { DeliveriesAnswer, Delivery } from './shapes.js';

export const outcomeLooks: Readonly<Record<string, string>> = {
  routed: 'good',
  owed: 'warn',
  'dead-lettered': 'bad',
  unwanted: '',
  'repeated-body': '',
};

const titles = ['Arrived', 'Outcome', 'Type', 'Subject', 'Bots', 'Id'];

const option = (value: string, text = value) => el('option', { attributes: { value } }, text);

const select = (first: string, values: readonly string[]): HTMLSelectElement =>
  el('select', {}, option('', first), ...values.map((value) => option(value)));

const copiesIn = ({ owed, deadLettered }: Delivery): string =>
  [...owed, ...deadLettered].map(({ bot, reason }) => `${bot}: ${reason ?? 'unknown'}`).join(', ');

/** Deliveries as they come, and older ones page by page. */
export class Deliveries {
  readonly #api: Api;
  readonly #provider = select('Any', []);
  readonly #bot = select('Any', []);
  readonly #outcome = select('Any', Object.keys(outcomeLooks));
  readonly #type = el('input', { attributes: { type: 'search', placeholder: 'github.pull_request', size: '18' } });
  readonly #subject = el('input', { attributes: { type: 'search', placeholder: 'octo-org/octo-repo', size: '18' } });
  readonly #list = el('div');
  #latest: readonly Delivery[] = [];
  #older: readonly Delivery[] = [];
  #next: string | undefined;
  #known: ReadonlySet<string> = new Set();
  #asked = '';

  constructor(api: Api, onFilter: () => void) {
    this.#api = api;
    const filters = el(
      'form',
      { class: 'filters', attributes: { role: 'search', 'aria-label': 'Filter deliveries' } },
      field('Provider', this.#provider),
      field('Type', this.#type),
      field('Bot', this.#bot),
      field('Outcome', this.#outcome),
      field('Subject', this.#subject),
    );
    filters.addEventListener('submit', (event) => event.preventDefault());
    filters.addEventListener('input', onFilter);
    byId('deliveries').append(filters, this.#list);
  }

  /** What the filters ask for. */
  get path(): string {
    const query = new URLSearchParams();
    const add = (name: string, { value }: { readonly value: string }) =>
      value.trim() !== '' && query.set(name, value.trim());
    add('provider', this.#provider);
    add('type', this.#type);
    add('bot', this.#bot);
    add('outcome', this.#outcome);
    add('subject', this.#subject);
    return `events?${query}`;
  }

  /** `path`: what was asked. An answer to other filters than those that stand there now comes too late. */
  show({ events, providers, bots, next }: DeliveriesAnswer, path: string): void {
    if (path !== this.path) {
      this.#api.forget();
      return;
    }
    this.#offer(this.#provider, providers);
    this.#offer(this.#bot, bots);
    const isOther = this.#asked !== this.path;
    this.#asked = this.path;
    if (isOther || this.#older.length === 0) {
      this.#older = [];
      this.#next = next;
    }
    this.#known = new Set(
      isOther ? events.map(({ archived }) => archived) : this.#latest.map(({ archived }) => archived),
    );
    // What has moved off the first page stays, so that no row goes while older ones are shown.
    const gone = this.#older.length === 0 || isOther ? [] : this.#latest;
    const ids = new Set(events.map(({ archived }) => archived));
    this.#latest = [...events, ...gone.filter(({ archived }) => !ids.has(archived))];
    this.#render();
  }

  #offer(input: HTMLSelectElement, values: readonly string[]): void {
    if (input.options.length === values.length + 1) return;
    const chosen = input.value;
    input.replaceChildren(option('', 'Any'), ...values.map((value) => option(value)));
    input.value = chosen;
  }

  #render(): void {
    const all = [...this.#latest, ...this.#older];
    const rows = all.map((delivery) => this.#row(delivery));
    const more = el(
      'button',
      { class: 'quiet', id: 'older', attributes: { type: 'button' }, onClick: () => void this.#showOlder() },
      'Older',
    );
    fill(
      this.#list,
      all.length === 0
        ? el('p', { class: 'hint' }, 'No delivery matches yet. New ones appear by themselves.')
        : table('Deliveries, newest first', titles, rows),
      el(
        'div',
        { class: 'more' },
        this.#next === undefined ? el('span', { class: 'hint' }, all.length === 0 ? '' : 'That is all.') : more,
      ),
    );
  }

  #row(delivery: Delivery): HTMLTableRowElement {
    const { id, type, subject, time, outcome, bots, archived } = delivery;
    const open = el(
      'button',
      {
        class: 'link',
        id: `row-${archived}`,
        attributes: { type: 'button', title: id },
        onClick: () => void showDelivery(this.#api, delivery),
      },
      id.length > 13 ? `${id.slice(0, 12)}…` : id,
    );
    open.setAttribute('aria-label', `Show delivery ${id}`);
    const pill = el(
      'span',
      { class: `pill ${outcomeLooks[outcome] ?? ''}`, attributes: { title: copiesIn(delivery) } },
      outcome,
    );
    return el(
      'tr',
      { class: this.#known.has(archived) ? '' : 'fresh' },
      el('td', { class: 'time' }, age(time)),
      el('td', {}, pill),
      el('td', { class: 'name' }, type),
      el('td', { class: 'name' }, subject ?? ''),
      el('td', {}, bots.join(', ') || 'none'),
      el('td', {}, open),
    );
  }

  async #showOlder(): Promise<void> {
    if (this.#next === undefined) return;
    const answer = await this.#api.ask<DeliveriesAnswer>(`${this.#asked}&cursor=${this.#next}`);
    if (answer.kind !== 'ok') return;
    const shown = new Set(this.#latest.map(({ archived }) => archived));
    this.#older = [...this.#older, ...answer.body.events.filter(({ archived }) => !shown.has(archived))];
    this.#next = answer.body.next;
    this.#render();
  }
}
