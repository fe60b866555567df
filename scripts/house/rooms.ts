import { posix } from 'node:path';
import { type Arrows, circles } from './circles.js';
import type { SourceFile } from './source-files.js';

export interface Room {
  readonly folder: string;
  readonly files: number;
  readonly lines: number;
  readonly smallFiles: number;
  /** The other folders that its files import, types included. */
  readonly imports: readonly string[];
}

export interface House {
  readonly rooms: readonly Room[];
  /** Paths, by size. */
  readonly smallFiles: readonly { readonly path: string; readonly lines: number }[];
  /** Folders that reach each other. */
  readonly folderCircles: readonly (readonly string[])[];
  readonly fileCircles: readonly (readonly string[])[];
}

/** A file of fewer lines is small. */
export const smallBelow = 15;

/** Which of the files' groups imports which; `nameOf` says the group of a path. */
export const arrowsBetween = (files: readonly SourceFile[], nameOf: (path: string) => string): Arrows => {
  const paths = new Set(files.map(({ path }) => path));
  const arrows = new Map<string, Set<string>>();
  for (const { path, imports } of files) {
    const from = nameOf(path);
    const targets = arrows.get(from) ?? new Set();
    arrows.set(from, targets);
    for (const { target } of imports) if (paths.has(target) && nameOf(target) !== from) targets.add(nameOf(target));
  }
  return arrows;
};

/** What stands where, and what leans on what. A folder's own files count, not those of the folders in it. */
export const surveyHouse = (files: readonly SourceFile[]): House => {
  const folders = arrowsBetween(files, posix.dirname);
  const small = files.filter(({ lines }) => lines < smallBelow);
  const rooms = [...folders].map(([folder, imports]) => {
    const own = files.filter(({ path }) => posix.dirname(path) === folder);
    return {
      folder,
      files: own.length,
      lines: own.reduce((sum, { lines }) => sum + lines, 0),
      smallFiles: small.filter(({ path }) => posix.dirname(path) === folder).length,
      imports: [...imports].sort(),
    };
  });
  return {
    rooms: rooms.sort((one, other) => (one.folder < other.folder ? -1 : 1)),
    smallFiles: small
      .map(({ path, lines }) => ({ path, lines }))
      .sort((one, other) => one.lines - other.lines || (one.path < other.path ? -1 : 1)),
    folderCircles: circles(folders),
    fileCircles: circles(arrowsBetween(files, (path) => path)),
  };
};
