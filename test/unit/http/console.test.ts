import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import { createConsoleFile, createConsolePage } from '../../../src/http/console-endpoints.js';
import { callHandler, type Reply } from '../../support/post-webhook.js';

const page = readFileSync(join(import.meta.dirname, '../../../console/page.html'), 'utf8');
const files = { page, style: 'p{}', script: 'void 0;', icon: '<svg/>' };
const ports = (isOn = true) => ({ isOn, loadFiles: async () => files });

const get = (params: Readonly<Record<string, string>> = {}, headers: Readonly<Record<string, string>> = {}) =>
  new HttpRequest({
    method: 'GET',
    url: 'http://localhost/api/console',
    params: { ...params },
    headers: { ...headers },
  });

const askPage = (headers = {}): Promise<Reply> => callHandler(createConsolePage(ports()), get({}, headers));
const askFile = (file: string): Promise<Reply> => callHandler(createConsoleFile(ports()), get({ file }));

const policyOf = ({ headers }: Reply): readonly string[] => (headers['content-security-policy'] ?? '').split('; ');

describe("the operators' page", () => {
  it('admits its own script, style and endpoints, and nothing else', async () => {
    const reply = await askPage();

    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(policyOf(reply)).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "require-trusted-types-for 'script'",
      ]),
    );
    expect(reply.headers['content-security-policy']).not.toContain('unsafe');
    expect(reply.headers['x-content-type-options']).toBe('nosniff');
  });

  it('has no inline script, style or handler, and nothing from elsewhere', () => {
    expect(page).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|https?:|javascript:/i);
  });

  it('is made of files that lie beside it, each with its type', async () => {
    const named = [...page.matchAll(/(?:src|href)="console\/([^"]+)"/g)].map(([, name = '']) => name);
    const replies = await Promise.all(named.map(askFile));

    expect(named.toSorted()).toEqual(['console.css', 'console.js', 'icon.svg']);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(replies.map(({ headers }) => headers['content-type']))).toEqual(
      new Set(['text/css; charset=utf-8', 'text/javascript; charset=utf-8', 'image/svg+xml']),
    );
  });

  it.each(['', 'page', '__proto__', 'constructor', '../console.js'])('knows no file %j', async (file) => {
    expect(await askFile(file)).toMatchObject({ status: 404, json: { code: 'NoConsole' } });
  });

  it('switched off, it is not there, nor are its files', async () => {
    const off = [createConsolePage(ports(false)), createConsoleFile(ports(false))];
    const replies = await Promise.all(off.map((handler) => callHandler(handler, get({ file: 'console.js' }))));

    expect(replies.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('is not sent again to who has it', async () => {
    const { etag = '' } = (await askPage()).headers;

    expect((await askPage({ 'if-none-match': etag })).status).toBe(304);
  });
});
