import { createRequire } from 'node:module';
import { join } from 'node:path';
import { HttpRequest } from '@azure/functions';
import { type Browser, chromium, type Page, type Request } from 'playwright-core';
import * as z from 'zod';
import { createConsoleFile, createConsolePage } from '../../src/http/console-endpoints.js';
import { findBrowser } from './find-browser.js';
import { callHandler } from './post-webhook.js';

/** What an endpoint answers; a value alone is 200 with it as JSON. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** By the path below `/api/`, without its query. */
export type Script = (path: string, request: Request) => ScriptedAnswer | undefined | Promise<ScriptedAnswer>;

export const json = (value: unknown): ScriptedAnswer => ({ body: JSON.stringify(value) });

const filesSchema = z.object({ page: z.string(), style: z.string(), script: z.string(), icon: z.string() });
const built = join(import.meta.dirname, '../../dist/functions/console.cjs');
export const consoleUrl = 'http://localhost:9/api/console';

const ports = {
  isOn: true,
  loadFiles: async () => filesSchema.parse(createRequire(import.meta.url)(built).consoleFiles),
};

const fileAt = (path: string) => {
  const params = { file: path.replace('console/', '') };
  const request = new HttpRequest({ method: 'GET', url: consoleUrl, params });
  return callHandler(path === 'console' ? createConsolePage(ports) : createConsoleFile(ports), request);
};

/** The operators' page as it is deployed, with its headers, in a page of a real browser; the endpoints beside it answer as the script says. */
export const scriptConsole = async (page: Page, script: Script): Promise<void> => {
  await page.route('**/*', async (route) => {
    const path = new URL(route.request().url()).pathname.replace('/api/', '');
    if (path === 'console' || path.startsWith('console/')) {
      const { status, headers, body } = await fileAt(path);
      return route.fulfill({ status, headers: { ...headers }, body });
    }
    const { status = 200, headers = {}, body = '' } = (await script(path, route.request())) ?? { status: 404 };
    return route.fulfill({ status, contentType: 'application/json', headers: { ...headers }, body });
  });
};

/** `undefined` where there is no Chromium. */
export const launchBrowser = (): Promise<Browser> | undefined => {
  const executablePath = findBrowser();
  return executablePath === undefined ? undefined : chromium.launch({ executablePath, args: ['--no-sandbox'] });
};
