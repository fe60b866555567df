import { parseRouteConstraint, type RouteConstraint } from './route-constraint.js';
import { splitOutside } from './split-outside.js';

export interface RouteParameter {
  readonly name: string;
  readonly constraints: readonly RouteConstraint[];
  readonly optional: boolean;
  readonly defaultValue?: string;
}

export type RouteSegment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly parameter: RouteParameter }
  | { readonly kind: 'mixed'; readonly pattern: RegExp; readonly parameters: readonly RouteParameter[] }
  | { readonly kind: 'catch-all'; readonly parameter: RouteParameter };

/** A route as ASP.NET Core reads it. Of two that match, the one whose `precedence` sorts first is the better. */
export interface RouteTemplate {
  readonly segments: readonly RouteSegment[];
  readonly precedence: string;
}

/**
 * Reads a route template: literals, `{name}`, `{name?}`, `{name=default}`, `{name:constraint}`, `{*rest}` and mixed
 * segments such as `v{version}`. Throws a `RangeError` that says what is wrong with it.
 */
export const parseRouteTemplate = (template: string): RouteTemplate => {
  const texts = splitOutside(template.replace(/^\/|\/$/g, ''), '/', ['{', '}']).filter((text) => text !== '');
  const segments = texts.map(parseSegment);
  const names = segments.flatMap(parametersOf).map(({ name }) => name.toLowerCase());
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new RangeError(`the parameter "${repeated}" appears twice`);
  const early = segments.slice(0, -1).find(({ kind }) => kind === 'catch-all');
  if (early !== undefined) throw new RangeError('a catch-all parameter must come last');
  return { segments, precedence: segments.map(precedenceOf).join('') };
};

export const parametersOf = (segment: RouteSegment): readonly RouteParameter[] => {
  if (segment.kind === 'literal') return [];
  return segment.kind === 'mixed' ? segment.parameters : [segment.parameter];
};

const parseSegment = (text: string): RouteSegment => {
  const parts = text.split(/(\{(?:[^{}]|\{\{[^{}]*\}\})*\})/).filter((part) => part !== '');
  const stray = parts.find((part) => !/^\{.*\}$/s.test(part) && /[{}]/.test(part));
  if (stray !== undefined) throw new RangeError(`the segment "${text}" has a brace without its partner`);
  const [first = '', ...rest] = parts;
  if (rest.length > 0) return mixedSegment(text, parts);
  if (!first.startsWith('{')) return { kind: 'literal', text: first.toLowerCase() };
  const stars = /^\{(\*{0,2})/.exec(first)?.[1] ?? '';
  const parameter = parseParameter(first.slice(1 + stars.length, -1));
  return stars === ''
    ? { kind: 'parameter', parameter }
    : { kind: 'catch-all', parameter: { ...parameter, optional: true } };
};

const mixedSegment = (text: string, parts: readonly string[]): RouteSegment => {
  const parameters: RouteParameter[] = [];
  const pattern = parts.map((part) => {
    if (!part.startsWith('{')) return part.replace(/[^a-z0-9_-]/gi, '\\$&');
    parameters.push(parseParameter(part.slice(1, -1)));
    return '(.+)';
  });
  if (parameters.some(({ optional }) => optional)) {
    throw new RangeError(`the segment "${text}" may not hold an optional parameter beside other text`);
  }
  return { kind: 'mixed', pattern: new RegExp(`^${pattern.join('')}$`, 'i'), parameters };
};

const parseParameter = (inner: string): RouteParameter => {
  const [declared = '', ...defaults] = splitOutside(inner, '=', ['(', ')']);
  const optional = declared.endsWith('?');
  const [name = '', ...texts] = splitOutside(optional ? declared.slice(0, -1) : declared, ':', ['(', ')']);
  if (!/^[^{}*?=/]+$/.test(name)) throw new RangeError(`"{${inner}}" has no usable parameter name`);
  const constraints = texts.map((text) => {
    const constraint = parseRouteConstraint(text);
    if (constraint === undefined) throw new RangeError(`"{${inner}}" has the unknown constraint "${text}"`);
    return constraint;
  });
  return { name, constraints, optional, ...(defaults.length > 0 && { defaultValue: defaults.join('=') }) };
};

const precedenceOf = (segment: RouteSegment): string => {
  switch (segment.kind) {
    case 'literal':
      return '1';
    case 'mixed':
      return '2';
    case 'parameter':
      return segment.parameter.constraints.length > 0 ? '2' : '3';
    case 'catch-all':
      return segment.parameter.constraints.length > 0 ? '4' : '5';
  }
};
