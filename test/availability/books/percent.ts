/** Cut, not rounded: 99.96 % is not all. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${(Math.floor((part / whole) * 1_000) / 10).toFixed(1)} %`;

/** Of ascending figures the one that the share of them does not exceed. */
export const percentile = (ascending: readonly number[], share: number): number =>
  ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
