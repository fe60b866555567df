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
  | { readonly kind: 'drop-after'; readonly bytes: number }
  /** Every request is answered with this error, in the service's own form. */
  | { readonly kind: 'error'; readonly status: ErrorStatus };

/** The errors that a whole service answers with: refused, not there, throttled, broken, too busy. */
export const errorStatuses = [401, 403, 404, 429, 500, 503] as const;

export type ErrorStatus = (typeof errorStatuses)[number];

export type FaultKind = Fault['kind'];

export type ParsedFault =
  | { readonly kind: 'fault'; readonly fault: Fault }
  | { readonly kind: 'invalid'; readonly problem: string };

interface Grammar {
  /** The number after the word, for those that have one: what it counts, and which will do. */
  readonly number?: { readonly unit: string; readonly expected: string };
  /** `undefined`: the number will not do. */
  readonly make: (number: number) => Fault | undefined;
}

const upTo = (unit: string, largest: number, make: (number: number) => Fault): Grammar => ({
  number: { unit, expected: `a whole number of ${unit} from 0 to ${largest}` },
  make: (number) => (number >= 0 && number <= largest ? make(number) : undefined),
});

const errorGrammar: Grammar = {
  number: { unit: 'status', expected: `a status, one of ${errorStatuses.join(', ')}` },
  make: (number) => {
    const status = errorStatuses.find((each) => each === number);
    return status && { kind: 'error', status };
  },
};

const grammars: Readonly<Record<FaultKind, Grammar>> = {
  none: { make: () => ({ kind: 'none' }) },
  refuse: { make: () => ({ kind: 'refuse' }) },
  reset: { make: () => ({ kind: 'reset' }) },
  hang: { make: () => ({ kind: 'hang' }) },
  slow: upTo('milliseconds', 600_000, (delayMs) => ({ kind: 'slow', delayMs })),
  'drop-after': upTo('bytes', 1e12, (bytes) => ({ kind: 'drop-after', bytes })),
  error: errorGrammar,
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
  const fault = make(number === undefined || /^\d+$/.test(text ?? '') ? Number(text) : Number.NaN);
  return fault === undefined
    ? invalid(`${kind} needs ${number?.expected}, not "${text ?? ''}"`)
    : { kind: 'fault', fault };
};

/** A fault as one would type it; `parseFault` reads it back. */
export const formatFault = (fault: Fault): string => {
  switch (fault.kind) {
    case 'slow':
      return `slow ${fault.delayMs}`;
    case 'drop-after':
      return `drop-after ${fault.bytes}`;
    case 'error':
      return `error ${fault.status}`;
    default:
      return fault.kind;
  }
};
