import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A delivery's event name and its bytes, as compact JSON, the way GitHub sends it. */
export interface GithubPayload {
  readonly name: string;
  readonly event: string;
  readonly body: Buffer;
}

interface PublishedEvent {
  readonly name: string;
  readonly examples: readonly Readonly<Record<string, unknown>>[];
}

const indexPath = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/api.github.com/index.json');

const readPublished = (): readonly PublishedEvent[] => JSON.parse(readFileSync(indexPath, 'utf8'));

const textOf = (example: unknown): Buffer => Buffer.from(JSON.stringify(example));

/** The published payload whose size is nearest to `bytes`. */
const nearest = (published: readonly PublishedEvent[], bytes: number): Omit<GithubPayload, 'name'> => {
  const all = published.flatMap(({ name, examples }) =>
    examples.map((example) => ({ event: name, body: textOf(example) })),
  );
  const distance = ({ body }: { readonly body: Buffer }): number => Math.abs(body.length - bytes);
  const [first] = all.toSorted((one, other) => distance(one) - distance(other));
  if (first === undefined) throw new Error('No published payloads');
  return first;
};

/** GitHub lists at most so many commits in one push. */
const maxCommits = 2_048;
const usualCommitBytes = 2_400;

const digits = (number: number, length: number): string => number.toString(16).padStart(length, '0');

/** A commit as GitHub describes one: a message of several lines, and the paths of the files it changed. */
const commitOf = (index: number, bytes: number): Readonly<Record<string, unknown>> => {
  const person = { name: 'José Nuñez', email: '21031067+Codertocat@users.noreply.github.com', username: 'Codertocat' };
  const id = digits(index * 2_654_435_761, 40);
  const path = (file: number): string => `packages/module-${index % 40}/src/feature-${file % 17}/file-${file}.test.ts`;
  return {
    id,
    tree_id: digits(index * 40_503, 40),
    distinct: true,
    message: `Fix "${index}" of the parser\n\nThe scanner took a \\ for an escape.\n\nCo-authored-by: Zoë <zoe@example.com>`,
    timestamp: '2026-05-15T15:19:25Z',
    url: `https://github.com/Codertocat/Hello-World/commit/${id}`,
    author: person,
    committer: person,
    added: [path(0)],
    removed: [],
    modified: Array.from({ length: Math.max(1, Math.floor((bytes - 760) / 54)) }, (_, file) => path(file + 1)),
  };
};

/** The published push with so many commits of such a size that it comes to about `bytes`. */
const pushOf = (published: readonly PublishedEvent[], bytes: number): Omit<GithubPayload, 'name'> => {
  const push = published.find(({ name }) => name === 'push')?.examples.find(({ commits }) => Array.isArray(commits));
  const count = Math.min(maxCommits, Math.ceil(bytes / usualCommitBytes));
  const commits = Array.from({ length: count }, (_, index) => commitOf(index + 1, bytes / count));
  return { event: 'push', body: textOf({ ...push, commits }) };
};

/** GitHub payloads of 1 KB, 10 KB, 100 KB, 1 MB and just below GitHub's cap of 25 MB: published ones, and pushes of many commits. */
export const githubPayloads = (): readonly GithubPayload[] => {
  const published = readPublished();
  return [
    { name: '1 KB', ...nearest(published, 1_024) },
    { name: '10 KB', ...nearest(published, 10_240) },
    { name: '100 KB', ...pushOf(published, 100 * 1_024) },
    { name: '1 MB', ...pushOf(published, 1_024 ** 2) },
    { name: '25 MB', ...pushOf(published, 24.5 * 1_024 ** 2) },
  ];
};
