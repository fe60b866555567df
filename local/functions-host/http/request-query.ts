/** Query parameters as the host hands them to the worker: names without regard to case, repeated ones joined by a comma. */
export const readQuery = (search: string): Readonly<Record<string, string>> => {
  const query: Record<string, string> = Object.create(null);
  if (search.length < 2) return query;
  const spellings = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const folded = name.toLowerCase();
    const spelling = spellings.get(folded) ?? name;
    spellings.set(folded, spelling);
    const earlier = query[spelling];
    query[spelling] = earlier === undefined ? value : `${earlier},${value}`;
  }
  return query;
};
