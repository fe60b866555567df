import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseHttpFile } from '../../senders/http-file.js';
import type { Sender } from '../../senders/sender.js';
import { CommandError } from '../terminal/command-error.js';
import type { LabelledSample } from './choose-samples.js';

const filesAt = async (path: string): Promise<readonly string[]> => {
  const facts = await stat(path).catch((fault: unknown) => {
    throw new CommandError(`${path} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`);
  });
  if (!facts.isDirectory()) return [path];
  const names = (await readdir(path)).filter((name) => name.endsWith('.http')).toSorted();
  if (names.length === 0) throw new CommandError(`${path} holds no .http files`, 'npm run capture makes some');
  return names.map((name) => join(path, name));
};

/** What the connection says, and what signing makes anew. */
const notKept =
  /^(host|connection|content-length|transfer-encoding|accept-encoding|expect|x-forwarded-.*|x-github-delivery)$/i;

const eventOf = (headers: ReadonlyMap<string, string>, path: string): string =>
  headers.get('x-github-event') ?? headers.get('x-event-key') ?? basename(path, '.http').replace(/^\d+-/, '');

const sampleIn = async (path: string, sender: Sender): Promise<LabelledSample> => {
  const kept = parseHttpFile(await readFile(path));
  if (kept === undefined)
    throw new CommandError(
      `${path} holds no request`,
      'It begins with "POST /api/webhooks/…", headers, an empty line, the body',
    );
  const signing = new Set(sender.signatureHeaders.map((name) => name.toLowerCase()));
  const own = kept.headers.filter(([name]) => !notKept.test(name) && !signing.has(name.toLowerCase()));
  const unsendable = own.find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value));
  if (unsendable !== undefined)
    throw new CommandError(`${path}: the header ${unsendable[0]} holds a character that no header can`);
  const byName = new Map(kept.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const event = eventOf(byName, path);
  const contentType = byName.get('content-type');
  return {
    label: basename(path),
    sample: {
      event,
      body: kept.body,
      headers: Object.fromEntries(own),
      ...(contentType !== undefined && { contentType }),
    },
  };
};

/** The requests of a file, or of a folder of files in the order of their names, to be signed anew. Throws `CommandError`. */
export const replayedSamples = async (path: string, sender: Sender): Promise<readonly LabelledSample[]> =>
  Promise.all((await filesAt(path)).map((file) => sampleIn(file, sender)));
