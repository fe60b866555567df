/** What others choose, such as ids, types and answers, for a terminal: without control characters, but for line ends where `keep` says so. */
export const harmless = (text: string, keep: 'lines' | 'nothing' = 'nothing'): string =>
  text.replaceAll(keep === 'lines' ? /(?!\n)[\p{Cc}\p{Cf}]/gu : /[\p{Cc}\p{Cf}]/gu, '\uFFFD');

/** Text for a POSIX shell, whatever is in it. */
export const quoted = (text: string): string =>
  /^[\w:/.,@=-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, '\\$&')}"`;
