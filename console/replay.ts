import type { Api } from './api.js';
import { confirm } from './confirm.js';
import { byId, el, factsList, field, fill, onSubmit, say } from './dom.js';
import { nowMs } from './server-time.js';
import type { ReplayedMany } from './shapes.js';

const momentInput = (hoursAgo: number): HTMLInputElement => {
  const at = new Date(nowMs() - hoursAgo * 3_600_000).toISOString().slice(0, 16);
  return el('input', { attributes: { type: 'datetime-local', value: at } });
};

/** A stretch of time in UTC, as two inputs. */
export const stretchInputs = () => {
  const from = momentInput(1);
  const to = el('input', { attributes: { type: 'datetime-local' } });
  const momentOf = ({ value }: HTMLInputElement): string | undefined =>
    value === '' ? undefined : `${value}${value.length === 16 ? ':00' : ''}Z`;
  return {
    fields: [field('From (UTC)', from), field('To (UTC, empty: now)', to)],
    read: () => ({ from: momentOf(from), to: momentOf(to) }),
  };
};

interface Asked {
  readonly from: string | undefined;
  readonly to: string;
  readonly type?: string;
  readonly bot?: string;
}

interface Total {
  readonly events: number;
  readonly bots: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
}

const plus = (one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>) => {
  const sum: Record<string, number> = { ...one };
  for (const [bot, count] of Object.entries(other)) sum[bot] = (sum[bot] ?? 0) + count;
  return sum;
};

/** Sends the archived events of a stretch of time again. */
export class Replay {
  readonly #api: Api;
  readonly #stretch = stretchInputs();
  readonly #type = el('input', { attributes: { type: 'text', placeholder: 'any type', size: '18' } });
  readonly #bot = el('input', { attributes: { type: 'text', placeholder: 'every bot that wants it', size: '18' } });
  readonly #result = el('div', { attributes: { 'aria-live': 'polite' } });

  constructor(api: Api) {
    this.#api = api;
    const form = el(
      'form',
      { class: 'filters' },
      ...this.#stretch.fields,
      field('Type', this.#type),
      field('Bot', this.#bot),
      el('button', { attributes: { type: 'submit' } }, 'Count'),
    );
    onSubmit(form, () => this.#run());
    byId('replay').append(
      el(
        'p',
        { class: 'hint' },
        'Sends archived events again, in the order of their arrival and in the very same envelopes. They are counted first; nothing is sent before you have seen how many.',
      ),
      form,
      this.#result,
    );
  }

  /** Read once, so that what is sent is what was counted. */
  #asked(): Asked {
    const { from, to } = this.#stretch.read();
    const [type, bot] = [this.#type.value.trim(), this.#bot.value.trim()];
    return {
      from,
      to: to ?? new Date(nowMs()).toISOString(),
      ...(type !== '' && { type }),
      ...(bot !== '' && { bot }),
    };
  }

  async #run(): Promise<void> {
    const asked = this.#asked();
    const counted = await this.#all(asked, true);
    if (counted === undefined) return;
    this.#show('Would be sent', counted);
    if (counted.events === 0) return;
    const copies = Object.values(counted.bots).reduce((sum, count) => sum + count, 0);
    const wanted = await confirm({
      title: 'Send events again',
      says: [
        `${counted.events} events go out as ${copies} copies: ${Object.entries(counted.bots)
          .map(([bot, count]) => `${bot} ${count}`)
          .join(', ')}.`,
        'Message ids are the same: a queue that has had an event within its window of duplicate detection drops it. An audit line is left.',
      ],
      command: 'Send again',
    });
    if (!wanted) return;
    const sent = await this.#all(asked, false);
    if (sent === undefined) return;
    this.#show('Sent', sent);
    say(`${sent.events} events were sent again.`);
  }

  #show(title: string, { events, bots, failed }: Total): void {
    fill(
      this.#result,
      el('h2', {}, title),
      factsList({ Events: events, ...bots }),
      ...failed.map((text) => el('p', { class: 'notice bad' }, text)),
    );
  }

  async #all({ from, ...rest }: Asked, dryRun: boolean): Promise<Total | undefined> {
    let next = from;
    let total: Total = { events: 0, bots: {}, failed: [] };
    do {
      fill(
        this.#result,
        el('p', { class: 'hint' }, `${dryRun ? 'Counting' : 'Sending'}: ${total.events} events so far`),
      );
      const answer = await this.#api.send<ReplayedMany>('POST', 'events/replay', { ...rest, dryRun, from: next });
      if (answer.kind !== 'ok') {
        fill(this.#result, el('p', { class: 'notice bad' }, answer.kind === 'failed' ? answer.what : ''));
        return undefined;
      }
      const { events, bots, failed, stoppedBy, resumeFrom } = answer.body;
      const faults = failed.map((each) => `${each.bot}: ${each.reason}, ${each.times} times`);
      total = { events: total.events + events, bots: plus(total.bots, bots), failed: [...total.failed, ...faults] };
      if (stoppedBy !== undefined && stoppedBy !== 'time-limit') {
        const failure = `${stoppedBy} failed. Once it is back, go on from ${resumeFrom ?? 'there'}.`;
        return { ...total, failed: [...total.failed, failure] };
      }
      next = resumeFrom;
    } while (next !== undefined);
    return total;
  }
}
