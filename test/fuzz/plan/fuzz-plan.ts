/** A change of a body. Places are fractions of its length, so that they mean something for every body. */
export type BodyEdit =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  | { readonly kind: 'splice'; readonly at: number; readonly remove: number; readonly insert: Uint8Array }
  | { readonly kind: 'token'; readonly at: number; readonly text: string };

/** A change of a header; `at` counts those that are there. Values are bytes written as Latin-1. */
export type HeaderEdit =
  | { readonly kind: 'drop'; readonly at: number }
  | { readonly kind: 'repeat'; readonly at: number }
  | { readonly kind: 'set'; readonly at: number; readonly value: string }
  | { readonly kind: 'splice'; readonly at: number; readonly where: number; readonly insert: string }
  | { readonly kind: 'add'; readonly name: string; readonly value: string };

/** Where a request goes: to its own webhook, or anywhere else. */
export type Target =
  | { readonly kind: 'own'; readonly query: string }
  | { readonly kind: 'other'; readonly method: string; readonly path: string };

/** One request as it will be made from a genuine delivery; what is made of the clock is left to the moment of sending. */
export interface FuzzPlan {
  /** Which sender and which of its samples, counted round and round. */
  readonly sender: number;
  readonly sample: number;
  readonly bodyEdits: readonly BodyEdit[];
  /** Signed after the body was changed, so that the change is read; else before, so that it must be noticed. */
  readonly signsEdits: boolean;
  readonly headerEdits: readonly HeaderEdit[];
  readonly target: Target;
  /** The last three numbers of the address of 127.0.0.0/8 that it comes from. */
  readonly from: readonly [number, number, number];
}
