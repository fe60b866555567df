import { age, lengthOf } from './ages.js';
import type { Api } from './api.js';
import { changeBreaker } from './change-breaker.js';
import { confirm } from './confirm.js';
import { byId, el, factsList, fill, say } from './dom.js';
import type { Breaker, BreakersAnswer, HealthAnswer } from './shapes.js';

const looks = {
  Closed: ['good', 'Closed', ''],
  HalfOpen: ['warn', 'Half open', 'half'],
  Open: ['bad', 'Open', 'open'],
} as const;

const statusLooks = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;

interface Seen {
  readonly state: Breaker['state'];
  readonly transitions: number;
}

/** Breakers, checks and what waits. */
export class Overview {
  readonly #api: Api;
  readonly #seen = new Map<string, Seen>();

  constructor(api: Api) {
    this.#api = api;
  }

  showBreakers({ circuitBreakers }: BreakersAnswer): void {
    const breakers = Object.values(circuitBreakers);
    for (const breaker of breakers) this.#note(breaker);
    const order = (breaker: Breaker): number => (breaker.state === 'Closed' ? 1 : 0);
    const sorted = breakers.toSorted((one, other) => order(one) - order(other));
    fill(byId('breakers'), ...sorted.map((breaker) => this.#card(breaker)));
  }

  showHealth(health: HealthAnswer): void {
    const pill = byId('status');
    pill.className = `pill ${statusLooks[health.status]}`;
    const text = health.status.replace(/^./, (letter) => letter.toUpperCase());
    if (pill.textContent !== text) pill.textContent = text;
    byId('facts').textContent = `${health.instance} · ${health.version} · up ${lengthOf(health.uptimeSeconds)}`;
    const wrong = Object.entries(health.checks).filter(([, check]) => !check.healthy);
    fill(
      byId('checks'),
      ...wrong.map(([name, { message, action = '' }]) =>
        el(
          'div',
          { class: 'notice warn' },
          el('h2', {}, name.replaceAll('_', ' ')),
          el('p', {}, message),
          el('p', { class: 'hint' }, action),
        ),
      ),
    );
    this.#showStocks(health);
  }

  #showStocks({ outbox, deadLetters, quarantine, archiveBacklog, lastTimerRun }: HealthAnswer): void {
    const tile = (name: string, count: number | null | undefined, seconds?: number | null): HTMLElement =>
      el(
        'div',
        { class: 'tile' },
        el('span', {}, name),
        el('strong', {}, count ?? 'unknown'),
        el('span', {}, typeof seconds === 'number' && (count ?? 0) > 0 ? `oldest ${lengthOf(seconds)}` : ' '),
      );
    const ranAt = lastTimerRun?.endedAt ?? lastTimerRun?.at;
    fill(
      byId('stocks'),
      tile('Outbox', outbox.pending, outbox.oldestSeconds),
      tile('Archive backlog', archiveBacklog?.pending),
      tile('Quarantine', quarantine.pending, quarantine.oldestSeconds),
      tile('Dead letters', deadLetters?.pending, deadLetters?.oldestSeconds),
      ...(ranAt === undefined
        ? []
        : [
            el(
              'div',
              { class: 'tile' },
              el('span', {}, 'Timer'),
              el('strong', {}, age(ranAt)),
              el('span', {}, 'last run'),
            ),
          ]),
    );
  }

  #note({ name, state, transitions, lastFailure, lastStateChange }: Breaker): void {
    const before = this.#seen.get(name);
    this.#seen.set(name, { state, transitions });
    if (before === undefined ? state === 'Closed' : before.transitions === transitions && before.state === state)
      return;
    const from = before === undefined ? '' : ` from ${looks[before.state][1].toLowerCase()}`;
    const reason = state === 'Closed' || !lastFailure ? '' : `, ${lastFailure.reason}`;
    const line = el('li', {}, age(lastStateChange), ` · ${name} · ${looks[state][1].toLowerCase()}${from}${reason}`);
    const list = byId('history');
    list.prepend(line);
    while (list.children.length > 50) list.lastElementChild?.remove();
  }

  #card(breaker: Breaker): HTMLElement {
    const { name, state, lastFailure, lastSuccess, nextRecoveryAttempt } = breaker;
    const [look, text, border] = looks[state];
    return el(
      'article',
      { class: `card ${border}`, attributes: { 'aria-label': name } },
      el('header', {}, el('h3', {}, name), el('span', { class: `pill ${look}` }, text)),
      factsList({
        'Last failure': lastFailure ? el('span', {}, `${lastFailure.reason}, `, age(lastFailure.time)) : 'none',
        'Last success': lastSuccess ? age(lastSuccess) : 'none',
        'Next attempt': nextRecoveryAttempt ? age(nextRecoveryAttempt) : undefined,
        'In this state': el('span', {}, 'since ', age(breaker.lastStateChange)),
        Calls: `${breaker.successful} good, ${breaker.failed} failed, ${breaker.rejected} refused`,
        'Average time': `${Math.round(breaker.averageResponseTimeMs)} ms`,
      }),
      el(
        'footer',
        {},
        el(
          'button',
          {
            class: 'quiet',
            id: `reset-${name}`,
            attributes: { type: 'button', 'aria-label': `Reset ${name}` },
            onClick: () => void this.#reset(breaker),
          },
          'Reset',
        ),
        el(
          'button',
          {
            class: 'quiet',
            id: `change-${name}`,
            attributes: { type: 'button', 'aria-label': `Change ${name}` },
            onClick: () => changeBreaker(this.#api, breaker),
          },
          'Change',
        ),
      ),
    );
  }

  async #reset({ name, state }: Breaker): Promise<void> {
    const wanted = await confirm({
      title: `Reset ${name}`,
      says: [
        state === 'Closed'
          ? 'It is closed already. Its counters and its run of failures start at zero again.'
          : 'It closes at once: calls go to the dependency again, whether it has recovered or not. Its counters start at zero.',
        'This concerns the instance that answers, not others. An audit line is left.',
      ],
      command: 'Reset',
    });
    if (!wanted) return;
    const answer = await this.#api.send('POST', `circuit-breakers/${encodeURIComponent(name)}/reset`, {});
    say(answer.kind === 'failed' ? `Not reset. ${answer.what}` : `${name} was reset.`);
  }
}
