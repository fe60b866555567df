interface Step {
  readonly id?: string | undefined;
  readonly uses?: string | undefined;
  readonly run?: string | undefined;
}

interface Job {
  readonly needs?: string | undefined;
  readonly outputs?: Readonly<Record<string, string>> | undefined;
  readonly strategy?: { readonly matrix: Readonly<Record<string, unknown>> } | undefined;
  readonly steps: readonly Step[];
}

/** As much of a workflow as its expressions can refer to. */
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** What nobody outside of the repository can choose, but for the name of a branch or tag, which stays out of scripts. */
const trusted = new Set(['vars', 'github.ref', 'github.sha', 'github.token', 'github.repository', 'github.run_id']);

/** Each use of a context (https://docs.github.com/en/actions/reference/workflows-and-actions/contexts), whole ones and indexed ones, too. */
const contexts =
  /(?<![\w.-])(?:github|inputs|vars|secrets|steps|needs|env|matrix|strategy|job|jobs|runner)\b(?:\.[\w*-]+)*/gi;

/** Contexts and their members in the expressions of a part of a workflow, outside of their strings: `vars.A`, `steps.b.outputs.c`. */
const referencesIn = (part: unknown): readonly string[] => {
  const expressions = [...JSON.stringify(part).matchAll(/\$\{\{(.*?)\}\}/g)].map(([, expression = '']) => expression);
  const bare = expressions.join(' ').replaceAll(/'(?:[^']|'')*'/g, '');
  return [...bare.matchAll(contexts)].map(([reference]) => reference);
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const member = (value: unknown, name: string): unknown => (isObject(value) ? value[name] : undefined);

const gives = (step: Step | undefined, output: string): boolean =>
  step?.uses !== undefined || (step?.run?.includes('GITHUB_OUTPUT') === true && step.run.includes(`${output}=`));

/**
 * References in a workflow's expressions to what is not there: a step that has not run before in the same job or gives no such output,
 * a job that is not waited for or gives no such output, an input, a value of the matrix, a variable or a secret that nobody defined; and to what a stranger
 * can write (`github.event`, `github.head_ref`). `variables` are those that the repository has.
 */
export const danglingExpressions = (file: Workflow, variables: readonly string[]): readonly string[] => {
  const inputs = member(member(file.on, 'workflow_dispatch'), 'inputs');
  const exists = (reference: string, job: Job | undefined, before: readonly Step[]): boolean => {
    const [context, name = '', , output = ''] = reference.split('.');
    if (trusted.has(reference)) return true;
    if (context === 'inputs') return member(inputs, name) !== undefined;
    if (context === 'matrix') return member(job?.strategy?.matrix, name) !== undefined;
    if (context === 'vars') return variables.includes(name);
    if (context === 'steps')
      return gives(
        before.find(({ id }) => id === name),
        output,
      );
    return context === 'needs' && job?.needs === name && file.jobs[name]?.outputs?.[output] !== undefined;
  };
  const dangling = (part: unknown, job?: Job, before: readonly Step[] = []): readonly string[] =>
    referencesIn(part).filter((reference) => !exists(reference, job, before));
  const inJob = (job: Job): readonly string[] => [
    ...dangling({ ...job, steps: [] }, job, job.steps),
    ...job.steps.flatMap((step, index) => dangling(step, job, job.steps.slice(0, index))),
  ];
  return [...dangling({ ...file, jobs: {} }), ...Object.values(file.jobs).flatMap(inJob)];
};
