import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

const painted =
  (style: Style) =>
  (text: string): string =>
    styleText(style, text, { stream: process.stdout });

/** Colours for standard output: plain text when it is not a terminal, or when `NO_COLOR` is set. */
export const paint = {
  strong: painted('bold'),
  quiet: painted('dim'),
  good: painted('green'),
  warn: painted('yellow'),
  bad: painted('red'),
} as const;
