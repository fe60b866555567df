import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { z } from 'zod';
import { findBrowser } from '../../support/find-browser.js';
import type { PageText } from './text-document.js';

/** The operators' page as it is deployed, in a real Chromium, with the answers that it is given. */
export interface BrowserPage {
  show(answers: { readonly health: string; readonly breakers: string }): Promise<PageText>;
  close(): Promise<void>;
}

const filesSchema = z.object({ page: z.string(), style: z.string(), script: z.string(), icon: z.string() });

const built = join(import.meta.dirname, '../../../dist/functions/console.cjs');

const origin = 'http://breakwater.invalid';

const readTexts = `(() => ({
  cards: [...document.querySelectorAll('#breakers article')].map((card) => [card.getAttribute('aria-label'), card.textContent]),
  notices: [...document.querySelectorAll('#checks > div')].map(({ textContent }) => textContent),
  shown: document.querySelectorAll('#breakers article').length > 0 && document.querySelector('#status').textContent !== 'Connecting',
  visible: [...document.querySelectorAll('#breakers article, #checks > div')].every((element) => element.checkVisibility()),
}))()`;

const textsSchema = z.object({
  cards: z.array(z.tuple([z.string(), z.string()])),
  notices: z.array(z.string()),
  shown: z.boolean(),
  visible: z.boolean(),
});

const readPage = async (page: Page): Promise<PageText> => {
  await page.waitForFunction(`${readTexts}.shown`);
  const { cards, notices, visible } = textsSchema.parse(await page.evaluate(readTexts));
  if (!visible) throw new Error('Some of it is hidden');
  return { cards: new Map(cards), notices };
};

/** `undefined` where there is no Chromium. */
export const openBrowserPage = async (): Promise<BrowserPage | undefined> => {
  const executablePath = findBrowser();
  if (executablePath === undefined) return undefined;
  const files = filesSchema.parse(createRequire(import.meta.url)(built).consoleFiles);
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage();
  let answers = { health: '{}', breakers: '{}' };
  const bodies: Readonly<Record<string, () => { readonly body: string; readonly contentType: string }>> = {
    '/api/console': () => ({ body: files.page, contentType: 'text/html; charset=utf-8' }),
    '/api/console/console.js': () => ({ body: files.script, contentType: 'text/javascript' }),
    '/api/console/console.css': () => ({ body: files.style, contentType: 'text/css' }),
    '/api/health/deep': () => ({ body: answers.health, contentType: 'application/json' }),
    '/api/circuit-breakers/health': () => ({ body: answers.breakers, contentType: 'application/json' }),
  };
  await page.route('**/*', (route) => {
    const found = bodies[new URL(route.request().url()).pathname];
    return found === undefined ? route.fulfill({ status: 404 }) : route.fulfill(found());
  });
  return {
    show: async (given) => {
      answers = given;
      await page.goto(`${origin}/api/console`);
      return readPage(page);
    },
    close: () => browser.close(),
  };
};
