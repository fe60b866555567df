/** Fewest insertions, deletions and replacements of one character that turn `from` into `to`. */
const editDistance = (from: string, to: string): number => {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, fromCharacter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, toCharacter] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (fromCharacter === toCharacter ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? to.length;
};

/** The names that someone who typed `typed` may have meant, best first, three at most; empty when nothing is near. */
export const nearestNames = (typed: string, names: readonly string[]): readonly string[] => {
  const wanted = typed.toLowerCase();
  const ranked = names.map((name) => {
    const candidate = name.toLowerCase();
    const isPart = wanted.length > 2 && candidate.includes(wanted);
    return { name, distance: isPart ? 1 : editDistance(wanted, candidate) };
  });
  const farthest = Math.max(2, Math.floor(wanted.length / 3));
  return ranked
    .filter(({ distance }) => distance <= farthest)
    .sort((one, other) => one.distance - other.distance || one.name.length - other.name.length)
    .slice(0, 3)
    .map(({ name }) => name);
};
