import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localFunctionKey } from '../../local/functions-host/start-functions-host.js';
import { localAdminToken } from '../../local/stack/local-secrets.js';
import { findBrowser } from '../support/find-browser.js';
import { postGithub } from '../support/github-client.js';
import { launchBrowser } from '../support/scripted-console.js';
import { type RunningStack, startStack } from '../support/start-stack.js';
import { violationsOn } from './console/violations-on.js';

if (findBrowser() === undefined) {
  console.warn("The operators' page is not tested: no Chromium is installed. CHROMIUM may say where one is.");
}

const docs = join(import.meta.dirname, '../../docs');

describe.skipIf(findBrowser() === undefined)("the operators' page in Chromium", () => {
  let stack: RunningStack;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  let sent = 0;

  const post = async (event: string, payload: unknown): Promise<string> => {
    sent += 1;
    const delivery = `console-${sent}`;
    await postGithub(stack.hostUrl, { event, body: JSON.stringify(payload), delivery });
    return delivery;
  };

  const repository = { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' };
  const send = (title: string) => post('issues', { action: 'opened', issue: { number: sent, title }, repository });

  const operate = (method: string, path: string, body: unknown): Promise<Response> =>
    fetch(`${stack.hostUrl}/api/${path}`, {
      method,
      headers: { 'x-functions-key': localFunctionKey, authorization: `Bearer ${localAdminToken}` },
      body: JSON.stringify(body),
    });

  const view = async (name: string): Promise<void> => {
    await page.getByRole('link', { name, exact: true }).click();
  };

  const enter = async (token: string): Promise<void> => {
    await page.getByRole('button', { name: 'Keys' }).click();
    await page.getByLabel('Admin token').fill(token);
    await page.getByRole('button', { name: 'Use', exact: true }).click();
  };

  const violations = (): Promise<unknown> => violationsOn(page);

  beforeAll(async () => {
    stack = await startStack({ args: ['--enable-auth'] });
    const launched = await launchBrowser();
    if (launched === undefined) throw new Error('No Chromium');
    browser = launched;
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // A refused or broken request is the browser's own line, not the page's.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        complaints.push(message.text());
    });
    await page.goto(`${stack.hostUrl}/api/console?code=${localFunctionKey}`);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });

  test('is not there without the function key, and takes the key out of the address', async () => {
    expect((await fetch(`${stack.hostUrl}/api/console`)).status).toBe(401);
    expect(page.url()).toBe(`${stack.hostUrl}/api/console`);
    await expect.poll(() => page.locator('#status').textContent()).toMatch(/Healthy|Degraded/);
  });

  test('asks for the admin token, and says so when it is wrong', async () => {
    await view('Deliveries');
    await expect
      .poll(() => page.locator('#troubles').textContent())
      .toContain('Lists and commands need the admin token');

    await enter('not-the-token');

    await expect.poll(() => page.locator('#troubles').textContent()).toContain('The admin token is missing or wrong');
    await enter(localAdminToken);
    await expect.poll(() => page.locator('#troubles').textContent()).toBe('');
  });

  test('shows a delivery as it comes, whatever its sender says, as text', async () => {
    const hostile = '<img src=x onerror="document.title=1"></td><script>document.title=2</script>';
    await post('push', { ref: `refs/heads/${hostile}`, repository });
    const id = await send('first');

    await expect.poll(() => page.locator('#deliveries tbody tr').count()).toBe(2);
    expect(await page.locator('#deliveries tbody').textContent()).toContain('<img src=x onerror=');
    expect(await page.locator('#deliveries img, #deliveries script').count()).toBe(0);
    expect(await page.title()).toBe('Breakwater');
    await page.getByRole('button', { name: `Show delivery ${id}` }).click();
    await expect.poll(() => page.getByRole('dialog').textContent()).toContain(`/${id}.json`);
    expect(await violations()).toEqual([]);
  });

  test('sends a delivery again, after saying to whom', async () => {
    await page.getByRole('dialog').getByRole('button', { name: 'Send again' }).click();
    const question = page.getByRole('dialog', { name: 'Send this event again' });
    await expect.poll(() => question.textContent()).toContain('It goes to task-tactician, notifier');

    await question.getByRole('button', { name: 'Send again' }).click();

    await expect.poll(() => page.locator('#said').textContent()).toContain('Sent to task-tactician, notifier');
    await expect.poll(() => stack.output()).toContain('"command":"replay-event');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('dialog').count()).toBe(0);
  });

  test('filters, and says that nothing matches', async () => {
    await page.getByLabel('Subject').fill('nowhere');
    await expect.poll(() => page.locator('#deliveries').textContent()).toContain('No delivery matches yet');
    await page.getByLabel('Subject').fill('');
    await expect.poll(() => page.locator('body').textContent()).toContain('console-2');
    expect(await page.locator('#deliveries tbody tr').count()).toBe(2);
  });

  test('shows a breaker that opens, with its reason, and resets it, leaving an audit line', async () => {
    await view('Overview');
    await operate('PATCH', 'circuit-breakers/blob-storage', { failureThreshold: 1, operationTimeoutMs: 1_000 });
    await stack.setFault('blob-storage', 'refuse');
    await send('second');
    const card = page.getByRole('article', { name: 'blob-storage' });

    await expect.poll(() => card.textContent()).toContain('Open');
    expect(await card.textContent()).toMatch(/Last failureun?reachable|Last failure\w+/);
    await expect.poll(() => page.locator('#history').textContent()).toContain('blob-storage');
    await stack.setFault('blob-storage', 'none');
    await card.getByRole('button', { name: 'Reset blob-storage' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();

    await expect.poll(() => card.textContent()).toContain('Closed');
    await expect.poll(() => stack.output()).toContain('"command":"reset-circuit-breaker"');
  });

  test('says which endpoint it cannot reach, and forgets it once it answers', async () => {
    await page.route('**/api/circuit-breakers/health', (route) => route.abort());
    await expect
      .poll(() => page.locator('#troubles').textContent())
      .toContain('circuit-breakers/health: It cannot be reached');

    await page.unroute('**/api/circuit-breakers/health');

    await expect.poll(() => page.locator('#troubles').textContent()).toBe('');
  });

  test.each([
    'Overview',
    'Deliveries',
    'Outbox',
    'Dead letters',
    'Replay',
    'Simulate',
  ])('%s: axe finds nothing, in light and in dark', async (name) => {
    await view(name);
    const link = page.getByRole('link', { name, exact: true });
    await expect.poll(() => link.getAttribute('aria-current')).toBe('page');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await violations(), colorScheme).toEqual([]);
    }
  });

  test('simulates another bots.json', async () => {
    await view('Simulate');
    await page
      .getByLabel('The other bots.json')
      .fill('{"bots":[{"name":"notifier","queue":"bot-notifier","events":["github.push"]}]}');
    await page.getByRole('button', { name: 'Simulate' }).click();

    await expect.poll(() => page.locator('#simulate').textContent()).toContain('Events that differ');
    expect(await page.locator('#simulate tbody tr', { hasText: 'task-tactician' }).first().textContent()).toMatch(
      /^task-tactician/,
    );
    expect(await violations()).toEqual([]);
  });

  test('fits a phone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    for (const name of ['Overview', 'Deliveries', 'Simulate']) {
      await view(name);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(width, name).toBeLessThanOrEqual(360);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
  });

  test.runIf(process.env['SCREENSHOTS'] !== undefined)('is drawn for the documentation', async () => {
    for (let n = 0; n < 6; n += 1) await send('for the picture');
    await view('Overview');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: join(docs, `console-${colorScheme}.png`) });
    }
    await page.emulateMedia({ colorScheme: 'light' });
    await page.setViewportSize({ width: 390, height: 844 });
    await view('Deliveries');
    await page.screenshot({ path: join(docs, 'console-phone.png') });
  });

  test('has had no error in its console', () => {
    expect(complaints).toEqual([]);
  });
});
