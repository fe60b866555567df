import { age } from './ages.js';
import type { Api } from './api.js';
import { showDelivery } from './delivery.js';
import { byId, deliveryLink, el, field, fill, say, short, table } from './dom.js';
import type { DeliveriesAnswer, Delivery } from './shapes.js';

export const outcomeLooks: Readonly<Record<string, string>> = {
  routed: 'good',
  owed: 'warn',
  'dead-lettered': 'bad',
  unwanted: '',
  'repeated-body': '',
};

const noneMatches = 'No delivery matches yet. New ones appear automatically.';
const noneYet = 'No match so far. “Older” looks further back.';

const titles = ['Arrived', 'Outcome', 'Type', 'Subject', 'Bots', 'Id'];

const option = (value: string, text = value) => el('option', { attributes: { value } }, text);

const select = (first: string, values: readonly string[]): HTMLSelectElement =>
  el('select', {}, option('', first), ...values.map((value) => option(value)));

const copiesIn = ({ owed, deadLettered }: Delivery): string =>
  [...owed, ...deadLettered].map(({ bot, reason }) => `${bot}: ${reason ?? 'unknown'}`).join(', ');

/** Deliveries as they come, and older ones page by page. */
export class Deliveries {
  readonly #api: Api;
  readonly #onFilter: () => void;
  readonly #provider = select('Any', []);
  readonly #bot = select('Any', []);
  readonly #outcome = select('Any', Object.keys(outcomeLooks));
  readonly #type = el('input', { attributes: { type: 'search', placeholder: 'github.pull_request', size: '18' } });
  readonly #subject = el('input', { attributes: { type: 'search', placeholder: 'octo-org/octo-repo', size: '18' } });
  readonly #list = el('div');
  #latest: readonly Delivery[] = [];
  #older: readonly Delivery[] = [];
  #isOlderShown = false;
  #next: string | undefined;
  #known: ReadonlySet<string> = new Set();
  #asked = '';

  constructor(api: Api, onFilter: () => void) {
    this.#api = api;
    this.#onFilter = onFilter;
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
    // Who reads older ones reads in peace.
    if (this.#isOlderShown && !isOther) return;
    this.#asked = this.path;
    this.#older = [];
    this.#isOlderShown = false;
    this.#next = next;
    this.#known = new Set((isOther ? events : this.#latest).map(({ archived }) => archived));
    this.#latest = events;
    this.#render();
  }

  #offer(input: HTMLSelectElement, values: readonly string[]): void {
    if (input.options.length === values.length + 1) return;
    const chosen = input.value;
    input.replaceChildren(option('', 'Any'), ...values.map((value) => option(value)));
    input.value = chosen;
  }

  #showNewest(): void {
    this.#isOlderShown = false;
    this.#api.forget();
    this.#onFilter();
  }

  #render(): void {
    const all = [...this.#latest, ...this.#older];
    const rows = all.map((delivery) => this.#row(delivery));
    const more = el(
      'button',
      { class: 'quiet', id: 'older', attributes: { type: 'button' }, onClick: () => void this.#showOlder() },
      'Older',
    );
    const newest = el(
      'button',
      { class: 'quiet', id: 'newest', attributes: { type: 'button' }, onClick: () => this.#showNewest() },
      'Show the newest',
    );
    fill(
      this.#list,
      this.#isOlderShown &&
        el(
          'div',
          { class: 'more' },
          newest,
          el('span', { class: 'hint' }, 'New deliveries are not added while you read older ones.'),
        ),
      all.length === 0
        ? el('p', { class: 'hint' }, this.#next === undefined ? noneMatches : noneYet)
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
    const onClick = () => void showDelivery(this.#api, delivery);
    const open = deliveryLink(id, { element: `row-${archived}`, onClick });
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
      el('td', { class: 'name' }, short(type)),
      el('td', { class: 'name' }, short(subject ?? '')),
      el('td', {}, bots.join(', ') || 'none'),
      el('td', {}, open),
    );
  }

  async #showOlder(): Promise<void> {
    if (this.#next === undefined) return;
    const asked = this.#asked;
    const answer = await this.#api.ask<DeliveriesAnswer>(`${asked}&cursor=${this.#next}`);
    if (asked !== this.#asked) return;
    if (answer.kind !== 'ok') return say(answer.kind === 'failed' ? answer.what : '');
    const shown = new Set(this.#latest.map(({ archived }) => archived));
    this.#isOlderShown = true;
    this.#older = [...this.#older, ...answer.body.events.filter(({ archived }) => !shown.has(archived))];
    this.#next = answer.body.next;
    this.#render();
  }
}
