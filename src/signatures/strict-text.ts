const hex = /^(?:[0-9a-f]{2})+$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes that lower-case hex or canonical base64 stands for; `undefined` for any other text, and for none. `Buffer.from`
 * alone skips what it does not know, so that many texts would mean the same bytes.
 */
export const decodeStrictly = (text: string, encoding: 'hex' | 'base64'): Buffer | undefined => {
  if (text === '' || !(encoding === 'hex' ? hex : base64).test(text)) return undefined;
  const bytes = Buffer.from(text, encoding);
  // The last character of base64 may have bits to spare; every text in hex is its own only spelling.
  return encoding === 'hex' || bytes.toString(encoding) === text ? bytes : undefined;
};
