const monthNames = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;
const dayNames = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;

/** Whole, or its first three letters. */
const isName = (text: string, names: readonly string[]): boolean =>
  names.some((name) => [name, name.slice(0, 3)].includes(text.toUpperCase()));

interface Field {
  readonly from: number;
  readonly to: number;
  readonly names: readonly string[];
}

const fields: readonly Field[] = [
  { from: 0, to: 59, names: [] },
  { from: 0, to: 59, names: [] },
  { from: 0, to: 23, names: [] },
  { from: 1, to: 31, names: [] },
  { from: 1, to: 12, names: monthNames },
  { from: 0, to: 6, names: dayNames },
];

const isPoint = (text: string, field: Field): boolean =>
  /^\d{1,2}$/.test(text) ? Number(text) >= field.from && Number(text) <= field.to : isName(text, field.names);

const isItem = (text: string, field: Field): boolean => {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
  if (range === '*') return true;
  const points = range.split('-');
  return points.length <= 2 && points.every((point) => isPoint(point, field));
};

/**
 * Whether `text` is a six-field NCRONTAB expression (seconds first), as a Functions timer wants it:
 * https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#ncrontab-expressions
 */
export const isNcrontab = (text: string): boolean => {
  const parts = text.trim().split(/\s+/);
  if (parts.length !== fields.length) return false;
  return fields.every((field, index) => (parts[index] ?? '').split(',').every((item) => isItem(item, field)));
};
