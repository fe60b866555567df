/** What a fault proxy does to the traffic that passes through it. */
export type Fault =
  | { readonly kind: 'none' }
  /** Nobody listens; connections that were open are reset. */
  | { readonly kind: 'refuse' }
  /** Every connection, open or new, is reset. */
  | { readonly kind: 'reset' }
  /** Connections are accepted, and whatever is said in them is swallowed. */
  | { readonly kind: 'hang' }
  /** What a client says arrives this much later; answers come back at once. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Each connection is reset once so many bytes, counted both ways, have passed. */
  | { readonly kind: 'drop-after'; readonly bytes: number };

export type FaultKind = Fault['kind'];

export type ParsedFault =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'invalid'; readonly problem: string };

interface Grammar {
  /** What the number after the word is, for those that have one. */
  readonly number?: { readonly unit: string; readonly largest: number };
  readonly make: (number: number) => Fault;
}

const grammars: Readonly<Record<FaultKind, Grammar>> = {
  none: { make: () => ({ kind: 'none' }) },
  refuse: { make: () => ({ kind: 'refuse' }) },
  reset: { make: () => ({ kind: 'reset' }) },
  hang: { make: () => ({ kind: 'hang' }) },
  slow: { number: { unit: 'milliseconds', largest: 600_000 }, make: (delayMs) => ({ kind: 'slow', delayMs }) },
  'drop-after': { number: { unit: 'bytes', largest: 1e12 }, make: (bytes) => ({ kind: 'drop-after', bytes }) },
};

const isFaultKind = (word: string): word is FaultKind => Object.hasOwn(grammars, word);

/** Every fault as one would type it. */
export const faultUsage: readonly string[] = Object.entries(grammars).map(([kind, { number }]) =>
  number === undefined ? kind : `${kind} <${number.unit}>`,
);

const invalid = (problem: string): ParsedFault => ({ kind: 'invalid', problem });

/** Reads a fault from the words of a command line, such as `['slow', '250']`. */
export const parseFault = (words: readonly string[]): ParsedFault => {
  const [kind = '', text, ...rest] = words;
  if (!isFaultKind(kind)) return invalid(`There is no fault "${kind}"; there are: ${faultUsage.join(', ')}`);
  const { number, make } = grammars[kind];
  if (rest.length > 0 || (number === undefined && text !== undefined)) {
    return invalid(`"${words.join(' ')}" says too much; expected: ${number ? `${kind} <${number.unit}>` : kind}`);
  }
  if (number === undefined) return { kind: 'fault', fault: make(0) };
  const value = /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!(value >= 0 && value <= number.largest)) {
    return invalid(`${kind} needs a whole number of ${number.unit} from 0 to ${number.largest}, not "${text ?? ''}"`);
  }
  return { kind: 'fault', fault: make(value) };
};

/** A fault as one would type it; `parseFault` reads it back. */
export const formatFault = (fault: Fault): string => {
  switch (fault.kind) {
    case 'slow':
      return `slow ${fault.delayMs}`;
    case 'drop-after':
      return `drop-after ${fault.bytes}`;
    default:
      return fault.kind;
  }
};
