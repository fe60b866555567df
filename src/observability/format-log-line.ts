import type { LogFields } from './log.js';

const maxValueLength = 256;

const clip = (value: unknown): unknown =>
  typeof value === 'string' && value.length > maxValueLength ? `${value.slice(0, maxValueLength)}…` : value;

/** One line of JSON, `event` first; long texts are cut at 256 characters, control characters arrive escaped. */
export const formatLogLine = (event: string, fields: LogFields): string =>
  JSON.stringify({ event, ...fields }, (_key, value: unknown) => clip(value));
