import { idAt, itemsAt, memberAt } from './read-member.js';

/** How a JSON Pointer to a member or an item is spelled (RFC 6901, section 3); the whole document is no fact. */
export const jsonPointerForm = /^(?:\/(?:[^~/]|~[01])*){1,32}$/;

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

const listIndex = /^(?:0|[1-9]\d{0,5})$/;

const step = (value: unknown, token: string): unknown =>
  Array.isArray(value) && listIndex.test(token) ? itemsAt({ value }, 'value')[Number(token)] : memberAt(value, token);

/** The text or whole number that a pointer leads to; `undefined` where it leads to nothing, or to something else. */
export const textAtPointer = (value: unknown, pointer: string): string | undefined => {
  const found = pointer.split('/').slice(1).map(unescaped).reduce(step, value);
  return idAt({ found }, 'found');
};
