import type { HttpResponseInit } from '@azure/functions';
import type { ConsoleFiles } from './console-files.js';
import { withEntityTag } from './entity-tag.js';
import { problem } from './problems.js';
import type { HttpHandler } from './receive-webhook.js';

export interface ConsolePorts {
  readonly isOn: boolean;
  readonly loadFiles: () => Promise<ConsoleFiles>;
}

/** Scripts, styles and answers come from here alone; no text becomes markup, nobody frames the page, no form leaves it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const guardingHeaders = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'cache-control': 'no-cache',
};

const files = {
  'console.css': { member: 'style', contentType: 'text/css; charset=utf-8' },
  'console.js': { member: 'script', contentType: 'text/javascript; charset=utf-8' },
  'icon.svg': { member: 'icon', contentType: 'image/svg+xml' },
} as const satisfies Readonly<Record<string, { readonly member: keyof ConsoleFiles; readonly contentType: string }>>;

const isFile = (name: string): name is keyof typeof files => Object.hasOwn(files, name);

const notHere = (detail: string): HttpResponseInit => problem('NoConsole', { detail });

const fileOf = (body: string, contentType: string): HttpResponseInit => ({
  status: 200,
  headers: { ...guardingHeaders, 'content-type': contentType },
  body,
});

/** `GET console`: the operators' page. It holds no data, and no key: both come later, through the endpoints beside it. */
export const createConsolePage =
  ({ isOn, loadFiles }: ConsolePorts): HttpHandler =>
  async (request) => {
    if (!isOn) return notHere('The page is switched off. The setting CONSOLE=on switches it on.');
    return withEntityTag(request, fileOf((await loadFiles()).page, 'text/html; charset=utf-8'));
  };

/** `GET console/{file}`: what the page is made of, the same for everybody. A browser can send no key with its requests for them. */
export const createConsoleFile =
  ({ isOn, loadFiles }: ConsolePorts): HttpHandler =>
  async (request) => {
    const name = request.params['file'] ?? '';
    if (!isOn || !isFile(name)) return notHere('There is no such file.');
    const { member, contentType } = files[name];
    return withEntityTag(request, fileOf((await loadFiles())[member], contentType));
  };
