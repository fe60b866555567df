import { setTimeout as delay } from 'node:timers/promises';
import * as z from 'zod';
import { consoleUrl, launchBrowser, scriptConsole } from '../../support/scripted-console.js';
import type { PageText } from './text-document.js';

/** The operators' page in a real Chromium. */
export interface BrowserPage {
  /** What it shows of these answers. */
  show(answers: { readonly health: string; readonly breakers: string }): Promise<PageText>;
  close(): Promise<void>;
}

const readTexts = `(() => {
  const cards = [...document.querySelectorAll('#breakers article')];
  const notices = [...document.querySelectorAll('#checks > div')];
  return {
    cards: cards.map((card) => [card.getAttribute('aria-label'), card.textContent]),
    notices: notices.map(({ textContent }) => textContent),
    isShown: cards.length > 0 && document.querySelector('#status').textContent !== 'Connecting',
    isVisible: [...cards, ...notices].every((element) => element.checkVisibility()),
  };
})()`;

const textsSchema = z.object({
  cards: z.array(z.tuple([z.string(), z.string()])),
  notices: z.array(z.string()),
  isShown: z.boolean(),
  isVisible: z.boolean(),
});

/** `undefined` where there is no Chromium. */
export const openBrowserPage = async (): Promise<BrowserPage | undefined> => {
  const browser = await launchBrowser();
  if (browser === undefined) return undefined;
  const page = await browser.newPage();
  let answers = { health: '', breakers: '' };
  await scriptConsole(page, (path) => {
    if (path === 'health/deep') return { body: answers.health };
    return path === 'circuit-breakers/health' ? { body: answers.breakers } : undefined;
  });
  /** Asked from outside: the page's own policy lets nothing be evaluated in it. */
  const whenShown = async (): Promise<z.infer<typeof textsSchema>> => {
    for (;;) {
      const texts = textsSchema.parse(await page.evaluate(readTexts));
      if (texts.isShown) return texts;
      await delay(50);
    }
  };
  return {
    show: async (given) => {
      answers = given;
      await page.goto(consoleUrl);
      const { cards, notices, isVisible } = await whenShown();
      if (!isVisible) throw new Error('Some of it is hidden');
      return { cards: new Map(cards), notices };
    },
    close: () => browser.close(),
  };
};
