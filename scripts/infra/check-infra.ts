import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareSnapshots, parseSnapshot } from './compare-snapshots.js';
import type { BicepServer } from './run-bicep.js';

/** One thing that was looked at, and what is wrong with it: nothing when it is good. */
export interface InfraCheck {
  readonly what: string;
  readonly problems: readonly string[];
}

export interface InfraCheckOptions {
  readonly root: string;
  readonly server: BicepServer;
  /** Write the snapshots instead of comparing with them. */
  readonly write: boolean;
}

const templates = ({ root }: InfraCheckOptions): readonly string[] =>
  globSync(['infra/main.bicep', 'examples/*/{.,infra}/main.bicep'], { cwd: root }).sort();

const compile = async ({ root, server }: InfraCheckOptions, template: string): Promise<InfraCheck> => {
  const { ok, diagnostics } = await server.compile(join(root, template));
  const failed = ok ? [] : ['The compiler failed'];
  return { what: `${template} compiles without a word`, problems: [...failed, ...diagnostics] };
};

const compareWith = (path: string, text: string): readonly string[] =>
  existsSync(path)
    ? compareSnapshots(parseSnapshot(readFileSync(path, 'utf8')), parseSnapshot(text))
    : ['There is no snapshot yet'];

/** The examples are deployed into the group of a network, everything else into a subscription. */
const groupOf = (file: string): string | undefined => (file.startsWith('examples') ? 'network' : undefined);

const evaluate = async (options: InfraCheckOptions, file: string): Promise<InfraCheck> => {
  const what = `${file} deploys what its snapshot says`;
  const path = join(options.root, file.replace(/\.bicepparam$/, '.snapshot.json'));
  try {
    const snapshot = await options.server.snapshot(join(options.root, file), groupOf(file));
    const text = `${snapshot.replaceAll('\r\n', '\n').trimEnd()}\n`;
    const diagnostics = parseSnapshot(text).diagnostics.map((diagnostic) => JSON.stringify(diagnostic));
    if (options.write) writeFileSync(path, text);
    return { what, problems: [...diagnostics, ...compareWith(path, text)] };
  } catch (fault) {
    return { what, problems: [fault instanceof Error ? fault.message : String(fault)] };
  }
};

/** Compiles and lints every template, and works out every parameter file beside a snapshot of what it would deploy. */
export async function* checkInfra(options: InfraCheckOptions): AsyncGenerator<InfraCheck> {
  for (const template of templates(options)) yield await compile(options, template);
  const files = globSync(['infra/test/*.bicepparam', 'examples/*/test/*.bicepparam'], { cwd: options.root }).sort();
  for (const file of files) yield await evaluate(options, file);
}
