/** Lets every promise that is ready run, so that a call reaches its next wait before the clock moves. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  await new Promise((resolve) => setImmediate(resolve));
};
