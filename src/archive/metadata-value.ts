const encodeCharacter = (character: string): string =>
  /\p{Cs}/u.test(character)
    ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
    : encodeURIComponent(character).replace(/^[^%]$/, (plain) => `%${plain.charCodeAt(0).toString(16).toUpperCase()}`);

const decodeEscapes = (escapes: string): string =>
  escapes.startsWith('%u')
    ? String.fromCharCode(Number.parseInt(escapes.slice(2), 16))
    : Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8');

const plain = /^[!-$&-~]*$/;

/**
 * Text as a metadata value, which travels in an HTTP header: visible ASCII as it is, everything else (spaces, controls
 * and `%` too) percent-encoded as UTF-8; half a surrogate pair, which UTF-8 cannot say, as `%uD83D`.
 */
export const encodeMetadataValue = (text: string): string =>
  plain.test(text) ? text : text.replace(/[^!-$&-~]/gu, encodeCharacter);

/** The reverse of `encodeMetadataValue`. Never throws: what is no escape stays as it is. */
export const decodeMetadataValue = (value: string): string =>
  value.replace(/%u[0-9A-F]{4}|(?:%[0-9A-F]{2})+/g, decodeEscapes);

/** An encoded value cut to at most `length` characters, never inside one character's escapes. */
export const shortenMetadataValue = (value: string, length: number): string => {
  if (value.length <= length) return value;
  const whole = value.slice(0, length).replace(/%(u[0-9A-F]{0,3}|[0-9A-F]?)$/, '');
  const lastCharacter = /%[C-F][0-9A-F](?:%[89AB][0-9A-F])*$/.exec(whole)?.[0];
  if (lastCharacter === undefined || !decodeMetadataValue(lastCharacter).includes('\uFFFD')) return whole;
  return whole.slice(0, -lastCharacter.length);
};
