import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { projectRoot, readBicep } from './read-bicep.js';

const readText = (path: string): string => readFileSync(join(projectRoot, path), 'utf8');

const hook = z.strictObject({ shell: z.enum(['sh', 'pwsh']), run: z.string().min(1) });

/** The part of https://raw.githubusercontent.com/Azure/azure-dev/main/schemas/v1.0/azure.yaml.json that this file uses. */
const azureYaml = z.strictObject({
  name: z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/),
  metadata: z.strictObject({ template: z.string() }),
  infra: z.strictObject({ provider: z.enum(['bicep', 'terraform']), path: z.string(), module: z.string() }),
  services: z.record(
    z.string(),
    z.strictObject({
      project: z.string(),
      dist: z.string(),
      language: z.enum(['js', 'ts']),
      host: z.literal('function'),
      remoteBuild: z.boolean(),
    }),
  ),
  hooks: z.record(
    z.string().regex(/^(pre|post)(restore|provision|package|publish|deploy|up|down)$/),
    z.strictObject({ posix: hook, windows: hook }),
  ),
});

const step = z
  .strictObject({
    name: z.string().optional(),
    id: z
      .string()
      .regex(/^[a-z_]\w*$/)
      .optional(),
    uses: z.string().optional(),
    run: z.string().optional(),
    with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    env: z.record(z.string(), z.string()).optional(),
  })
  .refine(({ uses, run }) => (uses === undefined) !== (run === undefined), { error: 'either uses or run' });

const permissions = z.partialRecord(z.enum(['contents', 'id-token']), z.enum(['read', 'write']));

/** The part of https://json.schemastore.org/github-workflow.json that these files use. */
const workflowFile = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.boolean() }),
  jobs: z.record(
    z.string(),
    z.strictObject({
      name: z.string(),
      'runs-on': z.string(),
      'timeout-minutes': z.number(),
      needs: z.string().optional(),
      environment: z.string().optional(),
      permissions: permissions.optional(),
      env: z.record(z.string(), z.string()).optional(),
      steps: z.array(step).min(1),
    }),
  ),
});

const workflows = globSync('.github/workflows/*.yml', { cwd: projectRoot }).map((path) => ({
  path,
  text: readText(path),
  file: workflowFile.parse(parse(readText(path))),
}));

const steps = workflows.flatMap(({ path, file }) =>
  Object.values(file.jobs).flatMap((job) => job.steps.map((each) => ({ path, ...each }))),
);

describe('azure.yaml', () => {
  const { services, infra } = azureYaml.parse(parse(readText('azure.yaml')));

  it('deploys what is packaged, as it is, to the app that carries its name as a tag', () => {
    expect(Object.keys(services)).toEqual(['ingest']);
    expect(readBicep('modules/function-app.bicep').text).toContain("'azd-service-name': 'ingest'");
    const { project = '', dist = '', remoteBuild } = services['ingest'] ?? {};
    expect(join(project, dist)).toBe(join('dist/package'));
    expect(remoteBuild).toBe(false);
  });

  it('names folders that a fresh clone has, the project without a .funcignore', () => {
    const { project = '' } = services['ingest'] ?? {};

    expect(existsSync(join(projectRoot, project))).toBe(true);
    expect(existsSync(join(projectRoot, project, '.funcignore'))).toBe(false);
    expect(existsSync(join(projectRoot, infra.path, `${infra.module}.bicep`))).toBe(true);
  });
});

describe('workflows', () => {
  it('there is one for every change, one that deploys, and one that watches what senders publish', () => {
    expect(workflows.map(({ path }) => path.replaceAll('\\', '/')).toSorted()).toEqual([
      '.github/workflows/ci.yml',
      '.github/workflows/deploy.yml',
      '.github/workflows/sender-ranges.yml',
    ]);
  });

  it.each(steps.filter(({ uses }) => uses !== undefined))('$path pins $uses by its commit', ({ path, uses = '' }) => {
    const text = readText(path);

    expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    expect(text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+\\n`));
  });

  it('one action is pinned to one commit everywhere', () => {
    const pins = new Set(steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses])));

    expect(new Set([...pins].map((pin) => pin.split('@')[0])).size).toBe(pins.size);
  });

  it.each(steps.filter(({ run }) => run !== undefined))('$path: no expression is pasted into the script "$run"', ({
    run = '',
  }) => {
    expect(run).not.toContain('${{');
  });

  it.each(workflows)('$path may read the code and nothing else, but for the job that signs in', ({ file, text }) => {
    expect(file.permissions).toEqual({ contents: 'read' });
    expect(text).not.toMatch(/\bsecrets\./);
    for (const job of Object.values(file.jobs)) {
      const signsIn = job.steps.some(({ uses }) => uses?.startsWith('azure/login@'));
      expect(job.permissions).toEqual(signsIn ? { contents: 'read', 'id-token': 'write' } : undefined);
      expect(job.environment !== undefined).toBe(signsIn);
    }
  });

  it('npm scripts that they and azd run exist', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readText('package.json')));
    const texts = [...workflows.map(({ text }) => text), readText('azure.yaml')].join('\n');
    const named = [...texts.matchAll(/\bnpm (?:run )?(test|build|check|package|verify-deployment)\b/g)].map(
      ([, name = '']) => name,
    );

    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('what is deployed is what was shown and approved: its parameters, under the same name', () => {
    const { plan, deploy } = workflowFile.parse(parse(readText('.github/workflows/deploy.yml'))).jobs;
    const scripts = (job: typeof plan): string => job?.steps.map(({ run = '' }) => run).join('\n') ?? '';

    expect(deploy?.needs).toBe('plan');
    expect(plan?.environment).toBe(`${deploy?.environment}-plan`);
    expect(scripts(plan)).toContain('node scripts/deployment/write-parameters.ts > parameters.json');
    expect(scripts(plan).match(/what-if --name "\$name"[\s\S]*?@parameters\.json/g)).toHaveLength(2);
    expect(scripts(plan)).not.toContain('sub create');
    expect(scripts(deploy)).toMatch(
      /sub create --name "\$\(cat plan\/deployment-name\.txt\)"[\s\S]*@plan\/parameters\.json/,
    );
    expect(plan?.steps.at(-1)?.with?.['path']).toBe('parameters.json\ndeployment-name.txt\n');
  });

  it('no variable has to be listed in the workflow: all that GitHub has go to the parameters', () => {
    const text = readText('.github/workflows/deploy.yml');

    expect(text).toMatch(/VARIABLES: \$\{\{ toJSON\(vars\) \}\}/);
    expect(text).not.toMatch(/vars\.BREAKWATER_/);
  });

  it('the name of a deployment has at most the 64 characters that Azure takes, and its region', () => {
    const text = readText('.github/workflows/deploy.yml');
    const [, location = '99'] = /cut -c 1-(\d+)\)-\$hash/.exec(text) ?? [];
    const [, hash = '99'] = /sha256sum \| cut -c 1-(\d+)/.exec(text) ?? [];

    expect('breakwater-'.length + Number(location) + 1 + Number(hash)).toBeLessThanOrEqual(64);
  });

  it('a deployment is refused that would delete sooner what is kept, and ends with a delivery that arrives', () => {
    const { plan, deploy } = workflowFile.parse(parse(readText('.github/workflows/deploy.yml'))).jobs;

    expect(plan?.steps.some(({ run }) => run?.includes('judge-changes.ts changes.json'))).toBe(true);
    expect(deploy?.steps.at(-1)?.run).toBe('npm run verify-deployment -- --check');
  });
});
