import type { LogFields } from './log.js';

const maxValueLength = 256;

const isLong = (value: LogFields[string]): boolean =>
  Array.isArray(value) ? value.some(isLong) : typeof value === 'string' && value.length > maxValueLength;

const clip = (_key: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > maxValueLength ? `${value.slice(0, maxValueLength)}…` : value;

/** One line of JSON, `event` first; long texts are cut at 256 characters, control characters arrive escaped. */
export const formatLogLine = (event: string, fields: LogFields): string => {
  const line = { event, ...fields };
  // Given a function, JSON.stringify takes four times as long.
  return Object.values(fields).some(isLong) ? JSON.stringify(line, clip) : JSON.stringify(line);
};
