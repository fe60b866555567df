import { el } from './dom.js';
import { nowMs } from './server-time.js';

const units = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** A length of time for a glance: `12 s`, `4 min`, `3 h`, `2 d`. */
export const lengthOf = (seconds: number): string => {
  for (const [size, unit] of units) if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  return `${Math.max(0, Math.floor(seconds))} s`;
};

const textOf = (time: string): string => {
  const atMs = Date.parse(time);
  if (Number.isNaN(atMs)) return time;
  const seconds = (nowMs() - atMs) / 1000;
  return seconds < 0 ? `in ${lengthOf(-seconds)}` : `${lengthOf(seconds)} ago`;
};

/** A moment as its age, which `tick` keeps right; the moment itself is its title. */
export const age = (time: string): HTMLElement =>
  el('time', { attributes: { datetime: time, title: time, 'data-age': time } }, textOf(time));

export const tick = (): void => {
  for (const element of document.querySelectorAll('[data-age]')) {
    const text = textOf(element.getAttribute('data-age') ?? '');
    if (element.textContent !== text) element.textContent = text;
  }
};
