import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, BrowserContext, Page, Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod';
import { findBrowser } from '../support/find-browser.js';
import { consoleUrl, json, launchBrowser, type ScriptedAnswer, scriptConsole } from '../support/scripted-console.js';
import { violationsOn } from './console/violations-on.js';

const breaker = (name: string, state = 'Closed', reason?: string, nextRecoveryAttempt: string | null = null) => ({
  name,
  state,
  ...{ total: 5, running: 0, successful: 4, failed: 1, rejected: 0, timedOut: 0, consecutiveFailures: 0 },
  ...{ transitions: 1, averageResponseTimeMs: 3.7, lastStateChange: new Date().toISOString(), lastSuccess: null },
  ...{ nextRecoveryAttempt, configuration: { failureThreshold: 5 } },
  lastFailure: reason === undefined ? null : { time: new Date().toISOString(), reason },
});

const breakersOf = (...all: readonly ReturnType<typeof breaker>[]): ScriptedAnswer =>
  json({ instance: 'one', circuitBreakers: Object.fromEntries(all.map((each) => [each.name, each])) });

const healthOf = (checks: Readonly<Record<string, unknown>> = {}): ScriptedAnswer => {
  const nothing = { pending: 0, oldestSeconds: 0 };
  const stocks = { outbox: nothing, deadLetters: nothing, quarantine: nothing, archiveBacklog: { pending: 0 } };
  return json({ status: 'healthy', version: '1', instance: 'one', uptimeSeconds: 5, checks, ...stocks });
};

interface Given {
  readonly id: string;
  readonly type?: string;
  readonly subject?: string;
  readonly bots?: readonly string[];
}

const delivery = ({ id, type = 'github.push', subject = 'octo-org/octo-repo', bots = ['notifier'] }: Given) => ({
  ...{
    id,
    type,
    subject,
    bots,
    source: 'https://github.com/octo-org',
    provider: 'github',
    bytes: 9,
    outcome: 'routed',
  },
  ...{ time: new Date().toISOString(), archived: `github/2026/01/01/${id}.json`, owed: [], deadLettered: [] },
});

const deliveriesOf = (all: readonly Given[], next?: string): ScriptedAnswer =>
  json({ events: all.map(delivery), providers: ['github'], bots: ['notifier'], ...(next !== undefined && { next }) });

describe.skipIf(findBrowser() === undefined)("the operators' page, attacked", () => {
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let script: Record<string, (request: Request) => ScriptedAnswer | Promise<ScriptedAnswer>>;
  let asked: string[];
  const complaints: string[] = [];

  beforeAll(async () => {
    const launched = await launchBrowser();
    if (launched === undefined) throw new Error('No Chromium');
    browser = launched;
    await openWindow();
  });
  afterAll(() => browser?.close());

  /**
   * Nothing goes on in a document that was left. The empty one has the policy of the page, for which the browser would else start a process
   * each time.
   */
  const leave = async (): Promise<void> => {
    const empty = new URL('empty', consoleUrl).href;
    await page.route(empty, (route) =>
      route.fulfill({ contentType: 'text/html', headers: { 'cross-origin-opener-policy': 'same-origin' } }),
    );
    await page.goto(empty);
  };

  /** Tests share a window, which takes a second of computing to open: the page keeps nothing that outlives its document. */
  const openWindow = async (): Promise<void> => {
    context = await browser.newContext({ reducedMotion: 'reduce' });
    page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
  };

  beforeEach(async () => {
    complaints.length = 0;
    asked = [];
    script = {
      'health/deep': () => healthOf(),
      'circuit-breakers/health': () => breakersOf(breaker('service-bus')),
      events: () => deliveriesOf([{ id: 'd-1' }]),
    };
    if (page.isClosed()) await openWindow();
    await page.setViewportSize({ width: 1_280, height: 860 });
    await scriptConsole(page, (path, request) => {
      asked.push(path);
      return script[path]?.(request);
    });
  });
  afterEach(async () => {
    if (!page.isClosed()) await leave();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(complaints).toEqual([]);
  });

  const textOf = (selector: string): Promise<string | null> => page.locator(selector).textContent();
  const enter = async (token: string): Promise<void> => {
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.getByLabel('Admin token').fill(token);
    await page.getByRole('button', { name: 'Use', exact: true }).click();
  };
  const openDeliveries = async (): Promise<void> => {
    await page.goto(`${consoleUrl}#deliveries`);
    await enter('token');
    await page.locator('#deliveries tbody tr').first().waitFor();
  };
  const violations = (): Promise<unknown> => violationsOn(page);

  const markup = '<img src=x onerror="document.title=1"><script>document.title=2</script>';
  const turned = 'refs/\u202egpj.exe\u2066\u0007';
  const invisible = 'octo\u200b-org\u200f\u061c\ufeff\u{e0041} \u{1f469}\u200d\u{1f680}';
  const long = 'x'.repeat(10_240);

  test('shows what senders say as text, says its disguises, and cuts what is endless', async () => {
    const all = [
      { id: markup, type: `github.${markup}`, subject: markup, bots: [markup] },
      { id: turned, type: turned, subject: turned },
      { id: long, type: long, subject: long, bots: [long] },
      { id: 'عربي', subject: 'مستودع/عربي' },
      { id: 'unseen', subject: invisible },
    ];
    script['events'] = (request) =>
      request.url().includes('id=') ? json({ ...detailsOf(all[1]), others: [detailsOf(all[2])] }) : deliveriesOf(all);
    const hostile = breaker(`queue:${markup}`, 'Open', markup);
    script['circuit-breakers/health'] = () => breakersOf(hostile, breaker(turned), breaker(long));
    script['health/deep'] = () => healthOf({ [markup]: { healthy: false, message: turned, action: long } });
    await openDeliveries();

    const rows = await page.locator('#deliveries tbody tr').allTextContents();
    expect(rows[0]).toContain(markup);
    expect(rows[1]).toContain('refs/\\u202egpj.exe\\u2066\\u0007');
    expect(rows[2]?.length).toBeLessThan(20_000);
    expect(rows[3]).toContain('مستودع/عربي');
    expect(rows[4]).toContain('octo\\u200b-org\\u200f\\u061c\\ufeff\\ue0041 \u{1f469}\u200d\u{1f680}');
    expect(await page.locator('main img, main script').count()).toBe(0);
    expect(await page.title()).toBe('Breakwater');
    expect(await violations()).toEqual([]);

    await page.locator('#deliveries tbody button').nth(1).click();
    await expect.poll(() => textOf('dialog')).toContain('\\u202egpj.exe');
    expect(await textOf('dialog')).toContain(long);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Overview' }).click();
    await expect.poll(() => textOf('#checks')).toContain(markup);
    expect(await violations()).toEqual([]);
  });

  const detailsOf = ({ id, type, subject }: Given = { id: '' }) => ({
    ...delivery({ id, ...(type !== undefined && { type }), ...(subject !== undefined && { subject }) }),
    ...{ correlationId: id, signature: 'verified', secretVersion: 'v1', sessionKey: id },
    archived: { name: id, bytes: 9, contentType: 'application/json', sha256: 'ab' },
    deadLettered: [],
    others: [],
  });

  test.each([
    'Overview',
    'Deliveries',
    'Outbox',
    'Dead letters',
  ])('%s fits a phone, whatever the names', async (view) => {
    const name = `bot-${'averylongname'.repeat(6)}`;
    const copies = [{ bot: name, queue: name, attempts: 3, reason: 'not-found' }];
    script['events'] = () => deliveriesOf([{ id: name, type: name, subject: long, bots: [name, name] }]);
    script['outbox'] = () => json({ records: [{ ...delivery({ id: name, type: long }), copies }], total: 1 });
    script['dead-letters'] = () => json({ deadLetters: [{ ...delivery({ id: name }), copies }], total: 1 });
    script['circuit-breakers/health'] = () => breakersOf(breaker(`queue:${name}`, 'Open', 'not-found'));
    script['health/deep'] = () => healthOf({ [`queue:${name}`]: { healthy: false, message: name, action: name } });
    await page.setViewportSize({ width: 360, height: 740 });
    await page.goto(consoleUrl);
    await enter('token');
    await page.getByRole('link', { name: view, exact: true }).click();
    await expect.poll(() => textOf('main')).toContain(name);

    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    expect(await violations()).toEqual([]);
  });

  test.each([
    ['a sign-in page', { headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in</title>' }],
    ['another answer', json({ hello: 'world' })],
    ['nothing', json(null)],
  ])('says that something else answers: %s', async (_what, answer) => {
    script['circuit-breakers/health'] = () => answer;
    await page.goto(consoleUrl);
    const trouble = 'circuit-breakers/health: Something else answers there';
    await expect.poll(() => textOf('#troubles')).toContain(trouble);

    script['circuit-breakers/health'] = () => breakersOf(breaker('service-bus'));

    await expect.poll(() => textOf('#troubles')).toBe('');
    expect(await page.getByRole('article', { name: 'service-bus' }).count()).toBe(1);
  });

  test('a refused token is sent once, for each refusal leaves a line in the log', async () => {
    script['events'] = () => ({ status: 401, body: json({ code: 'Unauthorized' }).body });
    await page.goto(`${consoleUrl}#deliveries`);
    await enter('wrong');
    await expect.poll(() => textOf('#troubles')).toContain('The admin token is missing or wrong');
    const looks = () => asked.filter((path) => path === 'circuit-breakers/health').length;
    const before = looks();
    await expect.poll(looks).toBeGreaterThan(before + 2);

    expect(asked.filter((path) => path === 'events')).toHaveLength(1);

    script['events'] = () => deliveriesOf([{ id: 'd-1' }]);
    await enter('right');
    await expect.poll(() => textOf('#deliveries')).toContain('d-1');
    expect(await textOf('#troubles')).toBe('');
  });

  test('a refusal that comes late is of the token that was sent, not of the one that stands there now', async () => {
    const refusal = Promise.withResolvers<void>();
    script['events'] = async (request) => {
      if (request.headers()['authorization'] === 'Bearer right') return deliveriesOf([{ id: 'd-1' }]);
      await refusal.promise;
      return { status: 401, body: json({ code: 'Unauthorized' }).body };
    };
    await page.goto(`${consoleUrl}#deliveries`);
    await enter('wrong');
    await expect.poll(() => asked).toContain('events');
    await enter('right');

    refusal.resolve();

    await expect.poll(() => textOf('#deliveries')).toContain('d-1');
  });

  test('older deliveries that come late are not mixed with those of another filter', async () => {
    const older = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    script['events'] = async (request) => {
      const url = request.url();
      if (!url.includes('cursor=')) return deliveriesOf([{ id: url.includes('provider=') ? 'd-2' : 'd-1' }], 'older');
      await older.promise;
      setTimeout(ended.resolve);
      return deliveriesOf([{ id: 'd-0' }]);
    };
    await openDeliveries();
    await page.getByRole('button', { name: 'Older' }).click();
    await page.getByLabel('Provider').first().selectOption('github');
    await expect.poll(() => textOf('#deliveries tbody')).toContain('d-2');

    older.resolve();
    await ended.promise;
    const looks = () => asked.filter((path) => path === 'circuit-breakers/health').length;
    const before = looks();
    await expect.poll(looks).toBeGreaterThan(before + 1);

    expect(await textOf('#deliveries tbody')).not.toContain('d-0');
  });

  test('forgets what a list could not show once another view is open', async () => {
    script['events'] = () => ({ status: 503, body: json({ code: 'ArchiveUnavailable' }).body });
    await page.goto(`${consoleUrl}#deliveries`);
    await enter('token');
    await expect.poll(() => textOf('#troubles')).toContain('events: ArchiveUnavailable');

    await page.getByRole('link', { name: 'Overview', exact: true }).click();

    await expect.poll(() => textOf('#troubles')).toBe('');
  });

  test('asks less often where answers take long', async () => {
    const [begun, ended]: [number[], number[]] = [[], []];
    script['circuit-breakers/health'] = async () => {
      begun.push(performance.now());
      await delay(450);
      ended.push(performance.now());
      return breakersOf(breaker('service-bus'));
    };
    await page.goto(consoleUrl);
    await expect.poll(() => begun.length, { timeout: 60_000 }).toBeGreaterThan(2);

    expect((begun[2] ?? 0) - (ended[1] ?? 0)).toBeGreaterThan(4_000);
  });

  test.each([-3, 3])('goes by the clock of the app, which is %i hours off', async (hours) => {
    const date = () => new Date(Date.now() + hours * 3_600_000);
    const soonAfter = new Date(date().getTime() + 30_000).toISOString();
    const late = breaker('service-bus', 'Open', 'timeout', soonAfter);
    const headers = () => ({ date: date().toUTCString() });
    script['circuit-breakers/health'] = () => ({ ...breakersOf(late), headers: headers() });
    script['health/deep'] = () => ({ ...healthOf(), headers: headers() });
    await page.goto(consoleUrl);

    await expect.poll(() => textOf('#breakers')).toMatch(/Next attempt(in )?\d+ s/);
  });

  test('keeps still while older deliveries are read, however many come', async () => {
    let newest = 0;
    const fifty = (from: number) => Array.from({ length: 50 }, (_, n) => ({ id: `d-${from - n}` }));
    script['events'] = (request) => {
      if (request.url().includes('cursor=')) return deliveriesOf(fifty(0), 'further');
      newest += 1_000;
      return deliveriesOf(fifty(newest), 'older');
    };
    await openDeliveries();
    await page.getByRole('button', { name: 'Older' }).click();
    const rows = page.locator('#deliveries tbody tr');
    await expect.poll(() => rows.count()).toBe(100);
    const [first] = await rows.allTextContents();
    const polls = asked.length;
    await expect.poll(() => asked.length).toBeGreaterThan(polls + 6);

    expect(await rows.count()).toBe(100);
    expect((await rows.allTextContents())[0]?.slice(-8)).toBe(first?.slice(-8));

    await page.getByRole('button', { name: 'Show the newest' }).click();
    await expect.poll(() => rows.count()).toBe(50);
  });

  test('looks further back when none of the newest matches', async () => {
    script['events'] = (request) => {
      if (request.url().includes('cursor=third')) return deliveriesOf([{ id: 'found' }]);
      return deliveriesOf([], request.url().includes('cursor=second') ? 'third' : 'second');
    };
    await page.goto(`${consoleUrl}#deliveries`);
    await enter('token');
    await expect.poll(() => textOf('#deliveries')).toContain('No match so far');

    await page.getByRole('button', { name: 'Older' }).click();
    await expect.poll(() => asked.filter((path) => path === 'events').length).toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Older' }).click();

    await expect.poll(() => textOf('#deliveries')).toContain('found');
  });

  test('gives the focus back to the row that was opened, though the list was drawn anew meanwhile', async () => {
    let count = 0;
    script['events'] = (request) => {
      if (request.url().includes('id=')) return json(detailsOf({ id: 'd-1' }));
      count += 1;
      return deliveriesOf([{ id: `new-${count}` }, { id: 'd-1' }]);
    };
    await openDeliveries();
    await page.getByRole('button', { name: 'Show delivery d-1' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    const drawn = count;
    await expect.poll(() => count).toBeGreaterThan(drawn + 1);
    await page.keyboard.press('Escape');

    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('row-github/2026/01/01/d-1.json');
  });

  test('takes a breaker by its whole name, whatever it is', async () => {
    const name = 'queue:a/../b c?d#e%2f';
    script['circuit-breakers/health'] = () => breakersOf(breaker(name, 'Open', 'full'));
    await page.goto(consoleUrl);
    await enter('token');
    await page.getByRole('button', { name: `Reset ${name}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset', exact: true }).click();

    await expect.poll(() => asked).toContain(`circuit-breakers/${encodeURIComponent(name)}/reset`);
  });

  test('sends what was counted, though the form says something else by then', async () => {
    const bodies: { readonly type?: string; readonly to: string; readonly dryRun: boolean }[] = [];
    const counted = Promise.withResolvers<void>();
    script['events/replay'] = async (request) => {
      bodies.push(request.postDataJSON());
      await counted.promise;
      return json({ events: 1, bots: { notifier: 1 }, failed: [], complete: true });
    };
    await page.goto(`${consoleUrl}#replay`);
    await enter('token');
    const type = page.locator('#replay').getByLabel('Type');
    await type.fill('github.push');
    await page.getByRole('button', { name: 'Count' }).click();
    await expect.poll(() => bodies.length).toBe(1);
    await type.fill('*');

    counted.resolve();
    await page.getByRole('button', { name: 'Send again' }).click();
    await expect.poll(() => bodies.length).toBe(2);

    expect(bodies[1]).toEqual({ ...bodies[0], dryRun: false });
    expect(bodies[0]).toMatchObject({ type: 'github.push', dryRun: true });
  });

  test('sends a form once at a time', async () => {
    let simulations = 0;
    const held = Promise.withResolvers<void>();
    await page.route('**/api/events/simulate', async (route) => {
      simulations += 1;
      await held.promise;
      return route.fulfill({ body: JSON.stringify({ events: 0, bots: [], complete: true }) });
    });
    await page.goto(`${consoleUrl}#simulate`);
    await page.getByLabel('The other bots.json').fill('{"bots":[]}');
    for (let n = 0; n < 3; n += 1) await page.getByRole('button', { name: 'Simulate' }).click();
    held.resolve();
    await expect.poll(() => textOf('#simulate')).toContain('Of 0 events');

    expect(simulations).toBe(1);
  });

  test('grows by nothing in the hours that it is open', async () => {
    let count = 0;
    const next = (): number => {
      count += 1;
      return count;
    };
    script['events'] = () => deliveriesOf(Array.from({ length: 50 }, () => ({ id: `d-${next()}` })));
    script['circuit-breakers/health'] = () =>
      breakersOf({ ...breaker('service-bus', 'Open', 'full'), transitions: next() });
    // The window has this clock for good.
    onTestFinished(() => context.close());
    await page.clock.install();
    await openDeliveries();
    const session = await context.newCDPSession(page);
    await session.send('Performance.enable');
    const sizes = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { metrics } = await session.send('Performance.getMetrics');
      const values = new Map(metrics.map(({ name, value }) => [name, value]));
      return z.object({ nodes: z.number(), listeners: z.number(), heap: z.number() }).parse({
        nodes: values.get('Nodes'),
        listeners: values.get('JSEventListeners'),
        heap: values.get('JSHeapUsedSize'),
      });
    };
    /** Each poll needs its answer from outside, which the clock of the page does not wait for. */
    const polls = async (times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) {
        const before = count;
        await page.clock.runFor(2_100);
        await expect.poll(() => count, { interval: 20 }).toBeGreaterThan(before);
      }
    };
    await polls(15);
    const early = await sizes();
    await polls(30);
    const late = await sizes();

    // A table kept at each poll would be thirty more; how much of what is gone has been collected varies.
    expect(late.nodes).toBeLessThan(early.nodes * 3);
    expect(late.listeners).toBeLessThan(early.listeners * 2);
    expect(late.heap).toBeLessThan(early.heap * 2);
  });
});
