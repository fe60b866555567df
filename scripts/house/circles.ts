/** What points at what, by name. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

const reachable = (from: string, arrows: Arrows): ReadonlySet<string> => {
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop())
    for (const next of arrows.get(name) ?? [])
      if (!seen.has(next)) {
        seen.add(next);
        open.push(next);
      }
  return seen;
};

/** The groups in which each name reaches every other one and itself, each sorted, the largest first. */
export const circles = (arrows: Arrows): readonly (readonly string[])[] => {
  const reached = new Map([...arrows.keys()].map((name) => [name, reachable(name, arrows)]));
  const found: string[][] = [];
  const placed = new Set<string>();
  for (const [name, from] of reached) {
    if (placed.has(name) || !from.has(name)) continue;
    const circle = [...from].filter((other) => reached.get(other)?.has(name)).sort();
    for (const member of circle) placed.add(member);
    found.push(circle);
  }
  return found.sort((one, other) => other.length - one.length);
};
