import type { RouteParameter, RouteSegment, RouteTemplate } from './route-template.js';

/** Values of a route's parameters, percent-decoded; optional ones that the path left out are missing. */
export type RouteValues = Readonly<Record<string, string>>;

/** The segments of a request path, percent-decoded but for `%2F`. One trailing slash means nothing. */
export const pathSegments = (path: string): readonly string[] => {
  const trimmed = path.slice(path.startsWith('/') ? 1 : 0, path.length > 1 && path.endsWith('/') ? -1 : undefined);
  if (trimmed === '') return [];
  const segments = trimmed.split('/');
  return path.includes('%') ? segments.map(decodeSegment) : segments;
};

const decodeSegment = (segment: string): string => {
  try {
    return decodeURIComponent(segment.replaceAll(/%2f/gi, '%252F'));
  } catch {
    return segment;
  }
};

/** The route's values when the path fits the template, letters in any case. */
export const matchRoute = ({ segments }: RouteTemplate, path: readonly string[]): RouteValues | undefined => {
  const values: Record<string, string> = Object.create(null);
  for (const [index, segment] of segments.entries()) {
    if (segment.kind === 'catch-all') {
      return take(values, segment.parameter, path.slice(index).join('/')) ? values : undefined;
    }
    if (!matchSegment(segment, path[index], values)) return undefined;
  }
  return path.length <= segments.length ? values : undefined;
};

const matchSegment = (
  segment: Exclude<RouteSegment, { readonly kind: 'catch-all' }>,
  text: string | undefined,
  values: Record<string, string>,
): boolean => {
  if (text === '') return false;
  if (segment.kind === 'parameter') return take(values, segment.parameter, text ?? '');
  if (text === undefined) return false;
  if (segment.kind === 'literal') return text.toLowerCase() === segment.text;
  const found = segment.pattern.exec(text);
  return (
    found !== null && segment.parameters.every((parameter, index) => take(values, parameter, found[index + 1] ?? ''))
  );
};

const take = (values: Record<string, string>, parameter: RouteParameter, text: string): boolean => {
  const value = text === '' ? parameter.defaultValue : text;
  if (value === undefined) return parameter.optional;
  if (!parameter.constraints.every((constraint) => constraint(value))) return false;
  values[parameter.name] = value;
  return true;
};
