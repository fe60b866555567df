import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { type PredictedResource, parseSnapshot, type Snapshot } from '../../../scripts/infra/compare-snapshots.js';
import { infraFolder } from './read-bicep.js';

const folder = join(infraFolder, 'test');

export interface NamedSnapshot extends Snapshot {
  /** The parameter file, without its ending. */
  readonly name: string;
}

/** What each parameter file of `infra/test` would deploy, as the compiler worked it out when the snapshot was written. */
export const snapshots: readonly NamedSnapshot[] = globSync('*.snapshot.json', { cwd: folder })
  .sort()
  .map((file) => ({
    name: basename(file, '.snapshot.json'),
    ...parseSnapshot(readFileSync(join(folder, file), 'utf8')),
  }));

export const parameterFiles: readonly string[] = globSync('*.bicepparam', { cwd: folder })
  .map((file) => basename(file, '.bicepparam'))
  .sort();

export const snapshotOf = (name: string): NamedSnapshot => {
  const found = snapshots.find((snapshot) => snapshot.name === name);
  if (found === undefined) throw new RangeError(`There is no snapshot ${name}`);
  return found;
};

export const ofType = (name: string, type: string): readonly PredictedResource[] =>
  snapshotOf(name).predictedResources.filter((resource) => resource.type === type);

const propertiesSchema = z.object({ properties: z.record(z.string(), z.unknown()) });

export const propertiesOf = (resource: PredictedResource | undefined): Readonly<Record<string, unknown>> =>
  propertiesSchema.parse(resource).properties;

export const settingsOf = (name: string): Readonly<Record<string, string>> =>
  z
    .record(z.string(), z.string())
    .parse(
      propertiesOf(ofType(name, 'Microsoft.Web/sites/config').find((config) => config.name.endsWith('/appsettings'))),
    );

const ruleSchema = z.object({ criteria: z.object({ allOf: z.array(z.object({ query: z.string() })) }) });
const workbookSchema = z.object({
  items: z.array(z.object({ content: z.object({ query: z.string().optional() }) })),
});

/** What alarms and workbook of a deployment ask. */
export const queriesOf = (name: string): readonly string[] => {
  const alarms = ofType(name, 'Microsoft.Insights/scheduledQueryRules').flatMap((rule) =>
    ruleSchema.parse(propertiesOf(rule)).criteria.allOf.map(({ query }) => query),
  );
  const [workbook] = ofType(name, 'Microsoft.Insights/workbooks');
  const { serializedData } = z.object({ serializedData: z.string() }).parse(propertiesOf(workbook));
  const shown = workbookSchema.parse(JSON.parse(serializedData)).items.flatMap(({ content }) => content.query ?? []);
  return [...alarms, ...shown];
};
