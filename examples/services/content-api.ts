import type { HttpResult } from '../../src/guarded-http/index.js';
import type { GithubContents } from './github-contents.js';

/** A Markdown file and what is known of it. */
export interface MarkdownFile {
  readonly path: string;
  readonly sha: string;
  /** RFC 3339. */
  readonly changedAt: string | undefined;
  readonly text: string;
}

/** The Markdown files of one folder, each with its hash and its date. The first fault is the answer: half a list would mislead. */
export const listMarkdown = async (
  contents: GithubContents,
  folder: string,
): Promise<HttpResult<readonly MarkdownFile[]>> => {
  const listed = await contents.list(folder);
  if (!listed.ok) return listed;
  const paths = listed.value
    .filter(({ type, name }) => type === 'file' && name.endsWith('.md'))
    .map(({ path }) => path);
  const files: MarkdownFile[] = [];
  for (const path of paths) {
    const [file, changed] = await Promise.all([contents.read(path), contents.lastChanged(path)]);
    if (!file.ok) return file;
    if (!changed.ok) return changed;
    files.push({ ...file.value, changedAt: changed.value });
  }
  return { ok: true, value: files };
};
