import { execFileSync } from 'node:child_process';
import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { type CommandDescription, runCommand } from '../local/commands/terminal/run-command.js';
import { packageIds, readBundledPackages } from './third-party-notices.js';

const component = z.looseObject({ name: z.string(), version: z.string() });
const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  metadata: z.looseObject({ component: component.extend({ purl: z.string() }) }),
  components: z.array(component),
});

/**
 * A CycloneDX bill of materials from npm, with the scope of each component (CycloneDX 1.5, `components[].scope`): `required` when its
 * code is in what is deployed or in what others import, otherwise `excluded`. npm knows only which packages serve development, and here that is all of them.
 * Throws when something that was bundled is not on the bill.
 */
export const withScopes = (npmBill: unknown, bundled: readonly string[]): z.output<typeof bill> => {
  const { metadata, components, ...rest } = bill.parse(npmBill);
  const ids = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = bundled.filter((id) => !ids.has(id));
  if (missing.length > 0) throw new Error(`Bundled, and not in package-lock.json: ${missing.join(', ')}`);
  const scoped = components.map((each) => ({
    ...each,
    scope: bundled.includes(`${each.name}@${each.version}`) ? 'required' : 'excluded',
  }));
  // npm names the project after the folder it lies in.
  const name = /^pkg:npm\/(.+)@/.exec(metadata.component.purl)?.[1] ?? metadata.component.name;
  return { ...rest, metadata: { ...metadata, component: { ...metadata.component, name } }, components: scoped };
};

const main = (root: string): void => {
  const command = 'npm sbom --package-lock-only --sbom-format cyclonedx';
  const text = execFileSync(command, { cwd: root, shell: true, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  const { deployed, exported } = readBundledPackages(root);
  const bundled = new Set(packageIds(root, [...deployed, ...exported]));
  const written = withScopes(JSON.parse(text), [...bundled]);
  writeFileSync(join(root, 'dist/breakwater.cdx.json'), `${JSON.stringify(written, undefined, 2)}\n`);
  const { length } = written.components;
  console.log(`dist/breakwater.cdx.json  ${length} packages, ${bundled.size} of them in the bundles`);
};

const description: CommandDescription<Record<never, never>> = {
  summary: 'Writes a CycloneDX bill of materials of the installed packages and the contents of the bundles.',
  usage: ['npm run sbom'],
  options: {},
};

const [, script] = process.argv;
if (script !== undefined && import.meta.url === pathToFileURL(realpathSync(script)).href)
  await runCommand(description, async () => {
    main(process.cwd());
    return 0;
  });
