/** What the sender of a delivery got. */
export type Answer =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string; readonly by?: string }
  /** Every instance refused the connection: no app has seen it. */
  | { readonly kind: 'nobody listened' }
  /** The connection broke in the middle: the instance may have done all of it, some of it or nothing. */
  | { readonly kind: 'cut'; readonly reason: string }
  | { readonly kind: 'no answer' };
