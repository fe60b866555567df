/** Text for a POSIX shell, whatever is in it. */
export const quoted = (text: string): string =>
  /^[\w:/.,@=-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, '\\$&')}"`;
