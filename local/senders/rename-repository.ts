import type { Sample } from './sender.js';

const fullNameIn = (payload: unknown): string | undefined => {
  if (typeof payload !== 'object' || payload === null || !('repository' in payload)) return undefined;
  const { repository } = payload;
  if (typeof repository !== 'object' || repository === null || !('full_name' in repository)) return undefined;
  return typeof repository.full_name === 'string' ? repository.full_name : undefined;
};

/**
 * The same sample as if it came from `owner/name`: the repository's full name is replaced wherever it stands, in URLs too.
 * `undefined` when the sample belongs to no repository.
 */
export const renameRepository = (sample: Sample, repository: string): Sample | undefined => {
  const text = sample.body.toString('utf8');
  const fullName = fullNameIn(JSON.parse(text));
  if (fullName === undefined) return undefined;
  return { ...sample, body: Buffer.from(text.replaceAll(fullName, repository)) };
};
