import { tick } from './ages.js';
import { type Answer, Api, endpointOf, otherAnswer } from './api.js';
import { openDialog } from './confirm.js';
import { Deliveries } from './deliveries.js';
import { byId, el, field } from './dom.js';
import { Overview } from './overview.js';
import { Records } from './records.js';
import { Replay } from './replay.js';
import { Simulate } from './simulate.js';
import { Troubles } from './troubles.js';

const breakersEveryMs = 2_000;
const healthEveryMs = 6_000;
/** With what another instance takes to write down what came to it, and reading it, less than 3 s. */
const listEveryMs = 1_500;
/** Also after a command: what it changed is seen at once. */
const afterClickMs = 400;

const views = ['overview', 'deliveries', 'outbox', 'dead-letters', 'replay', 'simulate'] as const;
type View = (typeof views)[number];

/** A key that the address carried for the host goes into memory and out of the address. */
const takeKey = (): string => {
  const address = new URL(location.href);
  const key = address.searchParams.get('code') ?? '';
  address.searchParams.delete('code');
  history.replaceState(null, '', address);
  return key;
};

const api = new Api({ functionKey: takeKey(), adminToken: '' });
const troubles = new Troubles();
const overview = new Overview(api);
const deliveries = new Deliveries(api, () => soon());
const outbox = new Records(api, 'outbox');
const deadLetters = new Records(api, 'dead-letters');
new Replay(api);
new Simulate(api);

const currentView = (): View => views.find((view) => `#${view}` === location.hash) ?? 'overview';

const showView = (): void => {
  const current = currentView();
  for (const view of views) byId(view).hidden = view !== current;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#${current}`) {
      link.setAttribute('aria-current', 'page');
      byId('title').textContent = link.textContent;
    } else link.removeAttribute('aria-current');
  }
  soon();
};

const askForKeys = (): void => {
  const attributes = { type: 'password', autocomplete: 'off', spellcheck: 'false' };
  const functionKey = el('input', { id: 'function-key', attributes: { ...attributes, value: api.keys.functionKey } });
  const adminToken = el('input', { id: 'admin-token', attributes: { ...attributes, value: api.keys.adminToken } });
  const form = el(
    'form',
    { attributes: { method: 'dialog' } },
    el(
      'p',
      { class: 'hint' },
      'They stay in the memory of this tab, and are gone when it is closed or loaded again. The function key opens what is shown, the admin token lists and commands.',
    ),
    field('Function key (not needed on a local stack)', functionKey),
    field('Admin token', adminToken),
    el('div', { class: 'buttons' }, el('button', { attributes: { type: 'submit' } }, 'Use')),
  );
  const dialog = openDialog('Keys', form);
  form.addEventListener('submit', () => {
    api.keys.functionKey = functionKey.value.trim();
    api.keys.adminToken = adminToken.value.trim();
    refusedToken = undefined;
    api.forget();
    dialog.close();
    soon();
  });
};

/** A refused token is not sent again: each refusal leaves an audit line. */
let refusedToken: string | undefined;

interface Asked {
  readonly path: string;
  /** What it was asked with: by the time of the answer there may be another. */
  readonly adminToken: string;
}

const take = <T>({ path, adminToken }: Asked, answer: Answer<T>, show: (body: T) => void): void => {
  const endpoint = endpointOf(path);
  if (answer.kind === 'failed') {
    if (answer.needs === 'token') refusedToken = adminToken;
    if (endpoint === 'health/deep') {
      byId('status').className = 'pill bad';
      byId('status').textContent = answer.status === 0 ? 'Out of reach' : 'Unknown';
    }
    troubles.failed(endpoint, answer.what);
    return;
  }
  try {
    if (answer.kind === 'ok') show(answer.body);
    troubles.mended(endpoint);
  } catch {
    api.forget();
    troubles.failed(endpoint, otherAnswer);
  }
};

const read = async <T>(path: string, show: (body: T) => void): Promise<void> => {
  const { adminToken } = api.keys;
  take({ path, adminToken }, await api.read<T>(path), show);
};

/** The endpoint behind each view that lists. */
const lists = new Map<View, string>([
  ['deliveries', 'events'],
  ['outbox', 'outbox'],
  ['dead-letters', 'dead-letters'],
]);

const readList = async (): Promise<void> => {
  const view = currentView();
  for (const [other, endpoint] of lists) if (other !== view) troubles.mended(endpoint);
  const wantsToken = view !== 'overview';
  byId('keys').classList.toggle('quiet', api.keys.adminToken !== '' || !wantsToken);
  if (api.keys.adminToken === '') {
    if (wantsToken) troubles.failed('keys', 'Lists and commands need the admin token: press “Keys”.');
    return;
  }
  troubles.mended('keys');
  if (api.keys.adminToken === refusedToken) return;
  const { path } = deliveries;
  if (view === 'deliveries') {
    await read(path, (body: Parameters<Deliveries['show']>[0]) => deliveries.show(body, path));
  }
  if (view === 'outbox') await read('outbox', (body: Parameters<Records['show']>[0]) => outbox.show(body));
  if (view === 'dead-letters')
    await read('dead-letters', (body: Parameters<Records['show']>[0]) => deadLetters.show(body));
};

let isPaused = false;

/** Reading takes a busy app at most a tenth of the time, but it does happen. */
const restShare = 10;
const mostRestMs = 6_000;

/** Asks again and again, one at a time, while the page is seen. */
const poll = (everyMs: number, work: () => Promise<void>): (() => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isRunning = false;
  const run = async (): Promise<void> => {
    clearTimeout(timer);
    if (isRunning) return;
    isRunning = true;
    const startedMs = performance.now();
    try {
      if (!isPaused && !document.hidden) await work();
    } finally {
      isRunning = false;
      const restMs = Math.min(mostRestMs, (performance.now() - startedMs) * restShare);
      timer = setTimeout(() => void run(), Math.max(everyMs, restMs));
    }
  };
  void run();
  return () => void run();
};

const readBreakers = () =>
  read('circuit-breakers/health', (body: Parameters<Overview['showBreakers']>[0]) => overview.showBreakers(body));
const readHealth = () =>
  read('health/deep', (body: Parameters<Overview['showHealth']>[0]) => overview.showHealth(body));

const polls = [poll(breakersEveryMs, readBreakers), poll(healthEveryMs, readHealth), poll(listEveryMs, readList)];

function soon(): void {
  for (const again of polls) again();
}

byId('keys').addEventListener('click', askForKeys);
byId('pause').addEventListener('click', () => {
  isPaused = !isPaused;
  byId('pause').setAttribute('aria-pressed', String(isPaused));
  byId('pause').textContent = isPaused ? 'Go on' : 'Pause';
  soon();
});
document.addEventListener('click', ({ target }) => {
  if (target instanceof Element && target.id === 'do-it') setTimeout(soon, afterClickMs);
});
document.addEventListener('visibilitychange', soon);
addEventListener('hashchange', showView);
setInterval(tick, 1_000);
showView();
