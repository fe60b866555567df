import type { BodyEdit } from '../plan/fuzz-plan.js';

/** Strings (names of members too), numbers and words of a JSON text. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;

const replaceToken = (body: Buffer, at: number, text: string): Buffer => {
  const source = body.toString('latin1');
  const found = [...source.matchAll(tokens)];
  const token = found[Math.min(found.length - 1, Math.floor(at * found.length))];
  if (token === undefined) return body;
  const after = source.slice(token.index + token[0].length);
  return Buffer.concat([
    Buffer.from(source.slice(0, token.index), 'latin1'),
    Buffer.from(text, 'utf8'),
    Buffer.from(after, 'latin1'),
  ]);
};

const applyEdit = (body: Buffer, edit: BodyEdit): Buffer => {
  switch (edit.kind) {
    case 'whole':
      return Buffer.from(edit.bytes);
    case 'token':
      return replaceToken(body, edit.at, edit.text);
    case 'splice': {
      const start = Math.floor(edit.at * body.length);
      return Buffer.concat([body.subarray(0, start), edit.insert, body.subarray(start + edit.remove)]);
    }
  }
};

/** The body after every change, one after the other. */
export const editBody = (body: Buffer, edits: readonly BodyEdit[]): Buffer => edits.reduce(applyEdit, body);
