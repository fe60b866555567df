import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';

const resourceSchema = z.looseObject({ id: z.string(), type: z.string(), name: z.string() });
const snapshotSchema = z.looseObject({
  predictedResources: z.array(resourceSchema),
  outputs: z.record(z.string(), z.unknown()),
  diagnostics: z.array(z.unknown()),
});

export type PredictedResource = z.infer<typeof resourceSchema>;

/** What one deployment would make, as the compiler works it out. */
export type Snapshot = z.infer<typeof snapshotSchema>;

export const parseSnapshot = (text: string): Snapshot => snapshotSchema.parse(JSON.parse(text));

const byId = ({ predictedResources }: Snapshot): ReadonlyMap<string, PredictedResource> =>
  new Map(predictedResources.map((resource) => [resource.id, resource]));

/** One line for each resource that `after` makes, changes or no longer makes, and for outputs that differ. */
export const compareSnapshots = (before: Snapshot, after: Snapshot): readonly string[] => {
  const [old, now] = [byId(before), byId(after)];
  const made = [...now.keys()].filter((id) => !old.has(id)).map((id) => `+ ${id}`);
  const gone = [...old.keys()].filter((id) => !now.has(id)).map((id) => `- ${id}`);
  const changed = [...now]
    .filter(([id, resource]) => old.has(id) && !isDeepStrictEqual(old.get(id), resource))
    .map(([id]) => `~ ${id}`);
  const outputs = isDeepStrictEqual(before.outputs, after.outputs) ? [] : ['~ outputs'];
  return [...gone, ...made, ...changed, ...outputs];
};
