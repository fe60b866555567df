/** Cut, not rounded: 99.96 % is not all. */
export const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${(Math.floor((part / whole) * 1_000) / 10).toFixed(1)} %`;
