import { createHash, timingSafeEqual } from 'node:crypto';
import type { AuthLevel } from '../http-trigger.js';

/** Keys that a host with `--enable-auth` asks for. The master key opens everything. */
export interface FunctionKeys {
  readonly functionKey: string;
  readonly masterKey: string;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const same = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

/** The key a request carries: its `x-functions-key` header, else its `code` parameter. */
export const givenKey = (
  headers: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): string | undefined => headers['x-functions-key'] ?? query['code'];

/** Whether `key` opens a function of this level. */
export const opens = (keys: FunctionKeys, level: AuthLevel, key: string | undefined): boolean => {
  if (level === 'anonymous') return true;
  if (key === undefined || key === '') return false;
  return same(key, keys.masterKey) || (level === 'function' && same(key, keys.functionKey));
};
