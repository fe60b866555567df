import * as z from 'zod';

/**
 * A value as JSON shows it: a member that may be `undefined` may be absent. Each shape below `satisfies` the type that the code answers
 * with, so that one which promises what the code does not have is not compiled; a test plays real replies against all of them.
 */
type AsJson<T> = T extends readonly (infer I)[]
  ? readonly AsJson<I>[]
  : T extends object
    ? { readonly [K in keyof T as undefined extends T[K] ? never : K]: AsJson<T[K]> } & {
        readonly [K in keyof T as undefined extends T[K] ? K : never]?: AsJson<Exclude<T[K], undefined>>;
      }
    : T;

export type Shape<T> = z.ZodType<AsJson<T>>;

export const text = z.string();
export const texts = z.array(text);
export const count = z.int().min(0);
export const flag = z.boolean();
export const figure = z.number();
export const moment = z.iso.datetime();
export const bytes = count;
