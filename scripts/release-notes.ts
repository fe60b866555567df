import { readFileSync, realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/*
 * `node scripts/release-notes.ts v1.2.3` prints what the changelog says of that version, and fails when it says nothing or when the
 * tag is not the version of package.json. It needs nothing but Node.js.
 */

interface Release {
  readonly tag: string;
  /** The text of `package.json`. */
  readonly manifest: string;
  readonly changelog: string;
}

const versionIn = (manifest: string): unknown => {
  const value: unknown = JSON.parse(manifest);
  return typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
};

/** The changelog's section of a release, without its heading (https://keepachangelog.com/en/1.1.0/). */
export const releaseNotes = ({ tag, manifest, changelog }: Release): string => {
  const version = versionIn(manifest);
  if (tag !== `v${version}`) throw new Error(`The tag is ${tag}, and package.json says ${version}`);
  const sections = changelog.replaceAll('\r\n', '\n').split(/^## /m);
  const section = sections.find((text) => text.startsWith(`[${version}] - `));
  const notes = section?.slice(section.indexOf('\n')).trim();
  if (notes === undefined || notes === '')
    throw new Error(`CHANGELOG.md says nothing under "## [${version}] - <date>"`);
  return notes;
};

const [, script, tag = ''] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href) {
  const read = (path: string): string => readFileSync(path, 'utf8');
  console.log(releaseNotes({ tag, manifest: read('package.json'), changelog: read('CHANGELOG.md') }));
}
