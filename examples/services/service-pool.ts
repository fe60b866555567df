import { HttpFault, type HttpResult } from '../../src/guarded-http/index.js';
import type { Service } from './service.js';

/** One of several services that do the same. */
export interface PoolMember<A, T> extends Service {
  ask(argument: A): Promise<HttpResult<T>>;
}

/**
 * Takes turns among those that are well; those that are not are tried only when nobody is. A request that fails goes to the next
 * member once, so that a breaker about to open costs one request a second try, not a fault.
 */
export const createServicePool = <A, T>(members: readonly PoolMember<A, T>[]) => {
  let turn = 0;

  const inTurn = (): readonly PoolMember<A, T>[] => {
    const from = turn % Math.max(1, members.length);
    turn += 1;
    const turned = [...members.slice(from), ...members.slice(0, from)];
    const isWell = ({ health }: PoolMember<A, T>): boolean => health().status === 'Healthy';
    return [...turned.filter(isWell), ...turned.filter((member) => !isWell(member))];
  };

  return {
    ask: async (argument: A): Promise<HttpResult<T>> => {
      let last: HttpResult<T> = {
        ok: false,
        error: new HttpFault('not-configured', { client: 'pool', endpoint: 'any' }),
      };
      for (const member of inTurn().slice(0, 2)) {
        last = await member.ask(argument);
        if (last.ok) return last;
      }
      return last;
    },
  };
};
