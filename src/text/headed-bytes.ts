import { hash } from 'node:crypto';
import { parseJson } from './text.js';

const lineFeed = 0x0a;

/** One line of JSON that says what the bytes are, with their SHA-256, then the bytes themselves. */
export const encodeHeadedBytes = (facts: object, bytes: Buffer): Buffer => {
  const head = { version: 1, ...facts, sha256: hash('sha256', bytes, 'hex') };
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
};

/** What `encodeHeadedBytes` wrote, its facts as they were read; `undefined` for anything else, and when the bytes are not those that were written. */
export const decodeHeadedBytes = (
  written: Buffer,
): { readonly facts: Readonly<Record<string, unknown>>; readonly bytes: Buffer } | undefined => {
  const end = written.indexOf(lineFeed);
  const head = parseJson(written.toString('utf8', 0, Math.max(0, end)));
  const bytes = written.subarray(end + 1);
  if (typeof head !== 'object' || head === null) return undefined;
  const { version, sha256, ...facts } = Object.fromEntries(Object.entries(head));
  return version === 1 && sha256 === hash('sha256', bytes, 'hex') ? { facts, bytes } : undefined;
};
