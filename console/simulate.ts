import type { Api } from './api.js';
import { byId, el, field, fill, onSubmit, short, table } from './dom.js';
import { stretchInputs } from './replay.js';

interface Change {
  readonly id: string;
  readonly type: string;
  readonly time: string;
}

interface BotResult {
  readonly bot: string;
  readonly got: number;
  readonly wouldGet: number;
  readonly gained: number;
  readonly lost: number;
  readonly reordered: number;
  readonly examples: readonly (Change & { readonly change: 'gained' | 'lost' | 'reordered' })[];
}

interface SimulationAnswer {
  readonly events: number;
  readonly bots: readonly BotResult[];
  readonly complete: boolean;
  readonly resumeFrom?: string;
}

const merged = (one: readonly BotResult[], other: readonly BotResult[]): readonly BotResult[] => {
  const byName = new Map(one.map((result) => [result.bot, result]));
  for (const result of other) {
    const before = byName.get(result.bot);
    byName.set(
      result.bot,
      before === undefined
        ? result
        : {
            bot: result.bot,
            got: before.got + result.got,
            wouldGet: before.wouldGet + result.wouldGet,
            gained: before.gained + result.gained,
            lost: before.lost + result.lost,
            reordered: before.reordered + result.reordered,
            examples: [...before.examples, ...result.examples].slice(0, 20),
          },
    );
  }
  return [...byName.values()];
};

/** What another bots.json would have given each bot. */
export class Simulate {
  readonly #api: Api;
  readonly #stretch = stretchInputs();
  readonly #bots = el('textarea', { attributes: { spellcheck: 'false', required: '' } });
  readonly #result = el('div', { attributes: { 'aria-live': 'polite' } });

  constructor(api: Api) {
    this.#api = api;
    const form = el(
      'form',
      {},
      el('div', { class: 'filters' }, ...this.#stretch.fields),
      field('The other bots.json', this.#bots),
      el('div', { class: 'more' }, el('button', { attributes: { type: 'submit' } }, 'Simulate')),
    );
    onSubmit(form, () => this.#run());
    byId('simulate').append(
      el(
        'p',
        { class: 'hint' },
        'Says what each bot would have got of what arrived in that time, with another bots.json instead of the present one. Nothing is sent.',
      ),
      form,
      this.#result,
    );
  }

  async #run(): Promise<void> {
    let bots: unknown;
    try {
      bots = JSON.parse(this.#bots.value);
    } catch {
      return fill(this.#result, el('p', { class: 'notice bad' }, 'That is not JSON.'));
    }
    const { from, to } = this.#stretch.read();
    let next = from;
    let [events, results]: [number, readonly BotResult[]] = [0, []];
    do {
      fill(this.#result, el('p', { class: 'hint' }, `Reading: ${events} events so far`));
      const answer = await this.#api.send<SimulationAnswer>('POST', 'events/simulate', {
        bots,
        from: next,
        ...(to !== undefined && { to }),
      });
      if (answer.kind !== 'ok')
        return fill(this.#result, el('p', { class: 'notice bad' }, answer.kind === 'failed' ? answer.what : ''));
      events += answer.body.events;
      results = merged(results, answer.body.bots);
      next = answer.body.resumeFrom;
    } while (next !== undefined);
    this.#show(events, results);
  }

  #show(events: number, results: readonly BotResult[]): void {
    const cell = (count: number, look: string) =>
      el('td', {}, count === 0 ? '0' : el('span', { class: `pill ${look}` }, count));
    const rows = results.map(({ bot, got, wouldGet, gained, lost, reordered }) =>
      el(
        'tr',
        {},
        el('td', { class: 'name' }, bot),
        el('td', {}, got),
        el('td', {}, wouldGet),
        cell(gained, 'good'),
        cell(lost, 'bad'),
        cell(reordered, 'warn'),
      ),
    );
    const examples = results.flatMap(({ bot, examples: some }) =>
      some.map(({ change, id, type, time }) =>
        el(
          'tr',
          {},
          el('td', { class: 'name' }, bot),
          el('td', {}, change),
          el('td', { class: 'time' }, time),
          el('td', { class: 'name' }, short(type)),
          el('td', { class: 'name' }, short(id)),
        ),
      ),
    );
    fill(
      this.#result,
      table(`Of ${events} events`, ['Bot', 'Got', 'Would get', 'Gained', 'Lost', 'Other order'], rows),
      examples.length > 0 && el('h2', {}, 'Examples'),
      examples.length > 0 && table('Events that differ', ['Bot', 'Change', 'Arrived', 'Type', 'Id'], examples),
    );
  }
}
