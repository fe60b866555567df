import * as z from 'zod';
import { createGuardedHttp, type HttpResult } from '../../src/guarded-http/index.js';
import { parsedBy, type Service } from './service.js';

const entriesSchema = z.array(
  z.object({
    name: z.string(),
    path: z.string(),
    sha: z.string(),
    type: z.enum(['file', 'dir', 'symlink', 'submodule']),
  }),
);
const fileSchema = z.object({ path: z.string(), sha: z.string(), encoding: z.literal('base64'), content: z.string() });
const commitsSchema = z.array(z.object({ commit: z.object({ committer: z.object({ date: z.string() }) }) }));

export type ContentEntry = z.infer<typeof entriesSchema>[number];

export interface ContentFile {
  readonly path: string;
  readonly sha: string;
  readonly text: string;
}

/** GitHub's repository contents (REST API, "Repository contents"). */
export interface GithubContents extends Service {
  list(path: string): Promise<HttpResult<readonly ContentEntry[]>>;
  read(path: string, ref?: string): Promise<HttpResult<ContentFile>>;
  /** RFC 3339: when the file last changed; `undefined` for one without a commit. */
  lastChanged(path: string): Promise<HttpResult<string | undefined>>;
}

export interface GithubContentsOptions {
  /** `owner/name`. */
  readonly repository: string;
  /** `undefined`: every call answers `not-configured`. */
  readonly token: string | undefined;
  readonly baseUrl?: string;
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Limits of GitHub's API, primary and secondary, hold every call until their time is over: that is the guarded client's work. */
export const createGithubContents = ({
  repository,
  token,
  baseUrl = 'https://api.github.com',
}: GithubContentsOptions): GithubContents => {
  const http = createGuardedHttp({
    name: 'github',
    baseUrl,
    endpoints: { contents: { cacheSeconds: 60, staleSeconds: 3_600 }, commits: { cacheSeconds: 60 } },
    headers: () =>
      token === undefined ? undefined : { authorization: `Bearer ${token}`, accept: 'application/vnd.github+json' },
  });
  const contents = { client: 'github', endpoint: 'contents' };
  const root = `repos/${repository}`;
  return {
    name: 'github',
    health: http.health,
    list: async (path) =>
      parsedBy(
        entriesSchema,
        await http.request('contents', { path: `${root}/contents/${encodePath(path)}` }),
        contents,
      ),
    read: async (path, ref) => {
      const query = ref === undefined ? '' : `?ref=${encodeURIComponent(ref)}`;
      const answer = await http.request('contents', { path: `${root}/contents/${encodePath(path)}${query}` });
      const file = parsedBy(fileSchema, answer, contents);
      if (!file.ok) return file;
      const { sha, content } = file.value;
      return { ok: true, value: { path: file.value.path, sha, text: Buffer.from(content, 'base64').toString('utf8') } };
    },
    lastChanged: async (path) => {
      const answer = await http.request('commits', {
        path: `${root}/commits?path=${encodeURIComponent(path)}&per_page=1`,
      });
      const commits = parsedBy(commitsSchema, answer, { client: 'github', endpoint: 'commits' });
      return commits.ok ? { ok: true, value: commits.value[0]?.commit.committer.date } : commits;
    },
  };
};
