/** Most characters that are written down; a batch that is left in more pieces is said to be left from the first of them on. */
const maxLength = 2_000;

const asText = (from: number, to: number): string => (from === to ? String(from) : `${from}-${to}`);

/** Places in a list, ascending, as ranges: `3,7-4999`. Too many ranges become one, which says more than is left, never less. */
export const encodeLeft = (places: readonly number[]): string => {
  const ranges: string[] = [];
  let from = places[0] ?? 0;
  for (const [index, place] of places.entries()) {
    if (places[index + 1] === place + 1) continue;
    ranges.push(asText(from, place));
    from = places[index + 1] ?? 0;
  }
  const text = ranges.join(',');
  return text.length <= maxLength ? text : asText(places[0] ?? 0, places.at(-1) ?? 0);
};

const form = /^\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*$/;

/** The places below `count` that a text names; all of them when it names none that can be read. */
export const decodeLeft = (text: string | undefined, count: number): readonly number[] => {
  const ranges = text !== undefined && form.test(text) ? text.split(',') : [`0-${count - 1}`];
  return ranges.flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    const last = Math.min(to, count - 1);
    return Array.from({ length: Math.max(0, last - from + 1) }, (_, index) => from + index);
  });
};
