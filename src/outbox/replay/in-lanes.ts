/** Runs `work` on all items side by side, but for items that share a lane: those go one after the other, in their order. */
export const inLanes = async <T>(
  items: readonly T[],
  lanesOf: (item: T) => readonly string[],
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const lastOf = new Map<string, Promise<void>>();
  const after = async (before: readonly (Promise<void> | undefined)[], item: T): Promise<void> => {
    await Promise.all(before);
    await work(item);
  };
  const all = items.map((item) => {
    const lanes = lanesOf(item);
    const done = after(
      lanes.map((lane) => lastOf.get(lane)),
      item,
    );
    for (const lane of lanes) lastOf.set(lane, done);
    return done;
  });
  await Promise.all(all);
};
