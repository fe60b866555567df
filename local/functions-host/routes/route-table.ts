import type { HttpTrigger } from '../http-trigger.js';
import { matchRoute, pathSegments, type RouteValues } from './match-route.js';
import { parseRouteTemplate, type RouteSegment, type RouteTemplate } from './route-template.js';

/** Something that an HTTP route leads to. */
export interface Routed {
  readonly name: string;
  readonly trigger: HttpTrigger;
}

interface Route<T extends Routed> {
  readonly target: T;
  readonly template: RouteTemplate;
  readonly methods: ReadonlySet<string>;
}

export interface RouteMatch<T extends Routed> {
  readonly target: T;
  readonly values: RouteValues;
}

/** Two functions that can answer the same request. `preferred` is chosen here. */
export interface RouteOverlap {
  readonly preferred: string;
  readonly other: string;
}

/** The HTTP routes of an app. The more precise template wins; between equals, the function's name decides. */
export class RouteTable<T extends Routed> {
  readonly #routes: readonly Route<T>[];

  /** Throws a `RangeError` for a template that cannot be read. */
  constructor(routePrefix: string, targets: readonly T[]) {
    this.#routes = targets
      .map((target) => ({
        target,
        template: parseRouteTemplate(`${routePrefix}/${target.trigger.route}`),
        methods: new Set(target.trigger.methods),
      }))
      .sort((a, b) => order(a.template.precedence, b.template.precedence) || order(a.target.name, b.target.name));
  }

  /** A method that no fitting route has is no match at all: the real host answers 404, not 405. */
  match(method: string, path: string): RouteMatch<T> | undefined {
    const segments = pathSegments(path);
    for (const { target, template, methods } of this.#routes) {
      if (!methods.has(method)) continue;
      const values = matchRoute(template, segments);
      if (values !== undefined) return { target, values };
    }
    return undefined;
  }

  /** Pairs that Azure would decide the other way: it tries functions in the order of their names. */
  *decidedOtherwiseInAzure(): Generator<RouteOverlap> {
    for (const [index, first] of this.#routes.entries()) {
      for (const second of this.#routes.slice(index + 1)) {
        if (order(first.target.name, second.target.name) > 0 && overlap(first, second)) {
          yield { preferred: first.target.name, other: second.target.name };
        }
      }
    }
  }
}

const order = (a: string, b: string): number => Number(a > b) - Number(a < b);

const overlap = (a: Route<Routed>, b: Route<Routed>): boolean => {
  if (![...a.methods].some((method) => b.methods.has(method))) return false;
  const longest = Math.max(a.template.segments.length, b.template.segments.length);
  for (let index = 0; index < longest; index += 1) {
    const [left, right] = [a.template.segments[index], b.template.segments[index]];
    if (left?.kind === 'catch-all' || right?.kind === 'catch-all') return true;
    if (!mayMeet(left, right)) return false;
  }
  return true;
};

const mayMeet = (left: RouteSegment | undefined, right: RouteSegment | undefined): boolean => {
  if (left === undefined || right === undefined) return canBeLeftOut(left ?? right);
  if (left.kind === 'literal' && right.kind === 'literal') return left.text === right.text;
  return true;
};

const canBeLeftOut = (segment: RouteSegment | undefined): boolean =>
  segment?.kind === 'parameter' && (segment.parameter.optional || segment.parameter.defaultValue !== undefined);
