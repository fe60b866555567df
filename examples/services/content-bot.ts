import * as z from 'zod';
import type { ReceivedEvent } from '../../src/consumer/consumer.js';
import type { HttpFault } from '../../src/guarded-http/index.js';
import type { GithubContents } from './github-contents.js';
import type { MetadataStore } from './metadata-store.js';

const pushSchema = z.object({
  after: z.string(),
  commits: z.array(
    z.object({ added: z.array(z.string()), modified: z.array(z.string()), removed: z.array(z.string()) }),
  ),
});

/** What a push did to the store. */
export interface ContentUpdate {
  readonly updated: readonly string[];
  readonly removed: readonly string[];
}

export interface ContentBotParts {
  readonly contents: Pick<GithubContents, 'read'>;
  readonly store: MetadataStore;
}

/** The state of each path after all commits of a push, in their order: the last one wins. */
const changesOf = ({ commits }: z.infer<typeof pushSchema>): ReadonlyMap<string, 'changed' | 'removed'> => {
  const changes = new Map<string, 'changed' | 'removed'>();
  for (const { added, modified, removed } of commits) {
    for (const path of [...added, ...modified]) changes.set(path, 'changed');
    for (const path of removed) changes.set(path, 'removed');
  }
  return new Map([...changes].filter(([path]) => path.endsWith('.md')));
};

/**
 * Event, content, state: on a push the changed Markdown files are read at its commit and their metadata is stored. Harmless to
 * repeat. Throws the `HttpFault` of the first file that cannot be read, so that the queue brings the event again.
 */
export const createContentBot =
  ({ contents, store }: ContentBotParts) =>
  async ({ attributes }: Pick<ReceivedEvent, 'attributes'>, payload: Buffer): Promise<ContentUpdate | undefined> => {
    if (attributes.type !== 'github.push') return undefined;
    const push = pushSchema.parse(JSON.parse(payload.toString('utf8')));
    const updated: string[] = [];
    const removed: string[] = [];
    for (const [path, change] of changesOf(push)) {
      if (change === 'removed') {
        await store.remove(path);
        removed.push(path);
        continue;
      }
      const file = await contents.read(path, push.after);
      if (!file.ok) throw file.error satisfies HttpFault;
      await store.put({ path, sha: file.value.sha, bytes: Buffer.byteLength(file.value.text), commit: push.after });
      updated.push(path);
    }
    return { updated, removed };
  };
