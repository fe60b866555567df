import { existsSync } from 'node:fs';

const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Where this machine has a Chromium, if it has one; `CHROMIUM` names another. */
export const findBrowser = (): string | undefined =>
  [process.env['CHROMIUM'] ?? '', ...places].find((place) => place !== '' && existsSync(place));
