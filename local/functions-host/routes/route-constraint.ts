/** Whether a route parameter's value fits, e.g. `{id:int}`. */
export type RouteConstraint = (value: string) => boolean;

const integer = /^[+-]?\d+$/;
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const guid = /^(\{[0-9a-f-]{36}\}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32})$/i;

const toInteger = (text: string): bigint => BigInt(text.replace('+', ''));

const between =
  (lowest: bigint, highest: bigint): RouteConstraint =>
  (value) =>
    integer.test(value) && toInteger(value) >= lowest && toInteger(value) <= highest;

const plain: Readonly<Record<string, RouteConstraint>> = {
  int: between(-(2n ** 31n), 2n ** 31n - 1n),
  long: between(-(2n ** 63n), 2n ** 63n - 1n),
  bool: (value) => /^(true|false)$/i.test(value),
  guid: (value) => guid.test(value),
  alpha: (value) => /^[a-z]*$/i.test(value),
  decimal: (value) => decimal.test(value),
  double: (value) => decimal.test(value),
  float: (value) => decimal.test(value),
  datetime: (value) => !Number.isNaN(Date.parse(value)),
  required: (value) => value !== '',
};

const maxLong = 2n ** 63n - 1n;

const withNumbers: Readonly<Record<string, (...numbers: readonly bigint[]) => RouteConstraint>> = {
  min: (lowest = 0n) => between(lowest, maxLong),
  max: (highest = 0n) => between(-maxLong, highest),
  range: (lowest = 0n, highest = 0n) => between(lowest, highest),
  minlength:
    (least = 0n) =>
    (value) =>
      value.length >= least,
  maxlength:
    (most = 0n) =>
    (value) =>
      value.length <= most,
  length:
    (least = 0n, most = least) =>
    (value) =>
      value.length >= least && value.length <= most,
};

/**
 * Reads one inline constraint of an ASP.NET Core route template, such as `int`, `range(1,9)` or `regex(^a)`.
 * Answers `undefined` for one that ASP.NET Core does not have.
 */
export const parseRouteConstraint = (text: string): RouteConstraint | undefined => {
  const [, name = '', argument] = /^([a-z]+)(?:\((.*)\))?$/is.exec(text) ?? [];
  const key = name.toLowerCase();
  if (argument === undefined) return Object.hasOwn(plain, key) ? plain[key] : undefined;
  if (key === 'regex') return regexConstraint(argument);
  const numbers = argument.split(',').map((part) => part.trim());
  if (!Object.hasOwn(withNumbers, key) || !numbers.every((number) => integer.test(number))) return undefined;
  return withNumbers[key]?.(...numbers.map(toInteger));
};

const regexConstraint = (argument: string): RouteConstraint | undefined => {
  try {
    const pattern = new RegExp(argument.replaceAll('{{', '{').replaceAll('}}', '}'), 'i');
    return (value) => pattern.test(value);
  } catch {
    return undefined;
  }
};
