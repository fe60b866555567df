import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { projectRoot, readBicep } from './read-bicep.js';
import { danglingExpressions } from './workflow-expressions.js';

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

const permissions = z.partialRecord(
  z.enum(['contents', 'id-token', 'attestations', 'security-events']),
  z.enum(['read', 'write']),
);

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
      strategy: z
        .strictObject({ 'fail-fast': z.boolean(), matrix: z.record(z.string(), z.array(z.number()).min(1)) })
        .optional(),
      permissions: permissions.optional(),
      outputs: z.record(z.string(), z.string()).optional(),
      env: z.record(z.string(), z.string()).optional(),
      steps: z.array(step).min(1),
    }),
  ),
});

const workflows = globSync('.github/workflows/*.{yml,yaml}', { cwd: projectRoot }).map((path) => ({
  path,
  text: readText(path),
  file: workflowFile.parse(parse(readText(path))),
}));

const steps = workflows.flatMap(({ path, file }) =>
  Object.values(file.jobs).flatMap((job) => job.steps.map((each) => ({ path, ...each }))),
);

type Workflow = z.output<typeof workflowFile>;
type Job = Workflow['jobs'][string];

const jobs = workflows.flatMap(({ path, file }) =>
  Object.entries(file.jobs).map(([id, job]) => ({ path, file, id, job })),
);

/** What an action needs besides reading the code, by its own documentation. */
const rights = {
  'azure/login': { 'id-token': 'write' },
  'actions/attest-build-provenance': { 'id-token': 'write', attestations: 'write' },
  'github/codeql-action/analyze': { 'security-events': 'write' },
} as const;

/** The variables that the page about deployments tells to set. */
const variables = [...readText('docs/deployment.md').matchAll(/\bAZURE_[A-Z_]+\b/g)].map(([name]) => name);

const pinOf = (uses: string): string => uses.replace(/^([^/@]+\/[^/@]+)[^@]*/, '$1');

/** The jobs that are through before one begins that needs this one. */
const earlier = (file: Workflow, needs: string | undefined): readonly Job[] => {
  if (needs === undefined) return [];
  const job = file.jobs[needs];
  if (job === undefined) throw new Error(`There is no job ${needs}`);
  return [job, ...earlier(file, job.needs)];
};

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
  it('they test and search every change, deploy, release, and watch what senders publish', () => {
    expect(workflows.map(({ path }) => path.replaceAll('\\', '/')).toSorted()).toEqual([
      '.github/workflows/ci.yml',
      '.github/workflows/codeql.yml',
      '.github/workflows/deploy.yml',
      '.github/workflows/release.yml',
      '.github/workflows/sender-ranges.yml',
    ]);
  });

  it.each(steps.filter(({ uses }) => uses !== undefined))('$path pins $uses by its commit', ({ path, uses = '' }) => {
    const text = readText(path);

    expect(uses).toMatch(/^[\w-]+(\/[\w-]+)+@[0-9a-f]{40}$/);
    expect(text).toMatch(new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+\\n`));
  });

  it('one action is pinned to one commit everywhere', () => {
    // Of one repository: github/codeql-action/init and github/codeql-action/analyze belong together.
    const pins = new Set(steps.flatMap(({ uses }) => (uses === undefined ? [] : [pinOf(uses)])));

    expect(new Set([...pins].map((pin) => pin.split('@')[0])).size).toBe(pins.size);
  });

  it.each(steps.filter(({ run }) => run !== undefined))('$path: no expression is pasted into the script "$run"', ({
    run = '',
  }) => {
    expect(run).not.toContain('${{');
  });

  it.each(jobs)('$path, $id may do what its steps need and nothing else', ({ file, job }) => {
    const needed = job.steps.flatMap(({ uses = '', run = '' }) => [
      ...Object.entries(rights).flatMap(([action, right]) => (uses.startsWith(`${action}@`) ? [right] : [])),
      ...(run.includes('gh release create') ? [{ contents: 'write' }] : []),
    ]);

    expect(file.permissions).toEqual({ contents: 'read' });
    expect(job.permissions).toEqual(needed.length === 0 ? undefined : Object.assign({ contents: 'read' }, ...needed));
  });

  it.each(jobs)('$path, $id belongs to an environment exactly when it signs in to Azure', ({ job }) => {
    const signsIn = job.steps.some(({ uses }) => uses?.startsWith('azure/login@'));

    expect(job.environment !== undefined).toBe(signsIn);
  });

  it.each(
    jobs.filter(({ job }) => job.permissions?.contents === 'write'),
  )('$path, $id, which may change the repository, runs nothing that lies in it', ({ job }) => {
    const text = JSON.stringify(job.steps);

    expect(text).not.toContain('actions/checkout@');
    expect(text).not.toMatch(/\b(npm|npx|node)\b/);
  });

  it.each(workflows)('$path names nothing in an expression that is not there', ({ file }) => {
    expect(danglingExpressions(file, variables)).toEqual([]);
  });

  it.each(jobs)('$path, $id waits for jobs that exist, and takes from them what they uploaded', ({ file, job }) => {
    const before = earlier(file, job.needs);
    const artifacts = (action: string, of: readonly Job[]): readonly unknown[] =>
      of.flatMap((each) =>
        each.steps.flatMap(({ uses, with: inputs }) => (uses?.startsWith(`${action}@`) ? [inputs?.['name']] : [])),
      );
    const uploaded = artifacts('actions/upload-artifact', before);

    expect(artifacts('actions/download-artifact', [job]).filter((name) => !uploaded.includes(name))).toEqual([]);
  });

  it('npm scripts that they and azd run exist', () => {
    const { scripts } = z
      .object({ scripts: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readText('package.json')));
    const texts = [...workflows.map(({ text }) => text), readText('azure.yaml')].join('\n');
    const named = [...texts.matchAll(/\bnpm (?:run (?:--silent )?([\w-]+)|(test))\b/g)].map(
      ([, run = '', test = '']) => run || test,
    );
    const files = [...texts.matchAll(/\bnode (scripts\/\S+)/g)].map(([, path = '']) => path);

    expect(named).toEqual(expect.arrayContaining(['infra', 'package', 'sbom', 'test']));
    expect(files.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([]);
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

  it('a release holds only what was tested, with its hash, its bill of materials, its notes and its provenance', () => {
    const { build, publish } = workflowFile.parse(parse(readText('.github/workflows/release.yml'))).jobs;
    const scripts = (job: typeof build): string => job?.steps.map(({ run = '' }) => run).join('\n') ?? '';
    const [, attested = ''] = /release create .*\\\n(.*)\n/.exec(scripts(publish)) ?? [];

    expect(scripts(build)).toMatch(
      /npm run infra\nnpm test\nnpm run package\nnpm run sbom\n[\s\S]*sha256sum breakwater\.zip/,
    );
    expect(publish?.needs).toBe('build');
    expect(
      publish?.steps.map(({ uses, run }) => uses?.split('@')[0] ?? run?.match(/sha256sum --check|gh \w+ \w+/)?.[0]),
    ).toEqual([
      'actions/download-artifact',
      'sha256sum --check',
      'actions/attest-build-provenance',
      'gh release create',
    ]);
    const subjects = String(publish?.steps[2]?.with?.['subject-path']).trim().split('\n');
    expect(attested.trim().split(' ')).toEqual(['--notes-file', 'release/notes.md', ...subjects, 'release/SHA256SUMS']);
  });

  it('code is searched in pull requests, after them and each week, workflows too', () => {
    const { on, jobs: each } = workflowFile.parse(parse(readText('.github/workflows/codeql.yml')));
    const init = each['analyze']?.steps.find(({ uses }) => uses?.startsWith('github/codeql-action/init@'));

    expect(Object.keys(on)).toEqual(['push', 'pull_request', 'schedule']);
    expect(init?.with?.['languages']).toBe('javascript-typescript,actions');
  });
});

describe('dependabot', () => {
  const schedule = z.strictObject({ interval: z.enum(['daily', 'weekly', 'monthly']) });
  const group = z.strictObject({
    patterns: z.array(z.string()).optional(),
    'dependency-type': z.enum(['development', 'production']).optional(),
    'update-types': z.array(z.enum(['major', 'minor', 'patch'])).optional(),
  });
  /** The part of https://json.schemastore.org/dependabot-2.0.json that the file uses. */
  const { updates } = z
    .strictObject({
      version: z.literal(2),
      updates: z.array(
        z.strictObject({
          'package-ecosystem': z.enum(['npm', 'github-actions', 'docker-compose']),
          directory: z.string().startsWith('/'),
          schedule,
          'open-pull-requests-limit': z.number().optional(),
          groups: z.record(z.string(), group).optional(),
        }),
      ),
    })
    .parse(parse(readText('.github/dependabot.yml')));

  const manifests = {
    npm: 'package-lock.json',
    'github-actions': '.github/workflows',
    'docker-compose': 'compose.yaml',
  };

  it('looks for new versions of packages, actions and images where they are named', () => {
    expect(updates.map((each) => [each['package-ecosystem'], each.directory])).toEqual([
      ['npm', '/'],
      ['npm', '/test/mutation'],
      ['github-actions', '/'],
      ['docker-compose', '/emulator'],
    ]);
    for (const { 'package-ecosystem': kind, directory } of updates)
      expect(existsSync(join(projectRoot, directory, manifests[kind]))).toBe(true);
  });
});
