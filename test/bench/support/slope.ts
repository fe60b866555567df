/** Growth per step of figures taken at even steps, by least squares; `NaN` of fewer than two. */
export const slope = (figures: readonly number[]): number => {
  const middle = (figures.length - 1) / 2;
  const mean = figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
  const together = figures.reduce((sum, figure, at) => sum + (at - middle) * (figure - mean), 0);
  return together / figures.reduce((sum, _, at) => sum + (at - middle) ** 2, 0);
};

/** The later half of some figures. */
export const lastHalf = (figures: readonly number[]): readonly number[] =>
  figures.slice(Math.floor(figures.length / 2));
