import { describe, expect, it } from 'vitest';
import { danglingExpressions } from './workflow-expressions.js';

const inWorkflow = (expression: string): readonly string[] =>
  danglingExpressions(
    {
      on: { push: {}, workflow_dispatch: { inputs: { place: {} } } },
      jobs: {
        alone: { outputs: { file: 'x' }, steps: [{ run: 'true' }] },
        first: { outputs: { file: 'x' }, steps: [{ id: 'other', run: 'echo "a=1" >> "$GITHUB_OUTPUT"' }] },
        second: {
          needs: 'first',
          steps: [
            { id: 'given', run: 'echo "a=1" >> "$GITHUB_OUTPUT"' },
            { run: `echo \${{ ${expression} }}` },
            { id: 'later', run: 'echo "a=1" >> "$GITHUB_OUTPUT"' },
          ],
        },
      },
    },
    ['REGION'],
  );

describe('expressions of a workflow', () => {
  it.each([
    'github.ref',
    'inputs.place || vars.REGION',
    'steps.given.outputs.a',
    'needs.first.outputs.file',
    "toJSON(vars) == 'secrets.TOKEN'",
  ])('%s is there', (expression) => {
    expect(inWorkflow(expression)).toEqual([]);
  });

  it.each([
    'inputs.other',
    'vars.OTHER',
    'secrets.TOKEN',
    'steps.given.outputs.b',
    'steps.later.outputs.a',
    'steps.other.outputs.a',
    'needs.first.outputs.other',
    'needs.alone.outputs.file',
    'needs.nobody.outputs.file',
  ])('%s is not there', (expression) => {
    expect(inWorkflow(expression)).toEqual([expression]);
  });

  it.each([
    'github.event.pull_request.title',
    'github.event.issue.body',
    'github.event.commits.*.message',
    'GitHub.Event.comment.body',
    'github.head_ref',
  ])('%s is what a stranger writes', (expression) => {
    expect(inWorkflow(`contains(${expression}, 'x')`)).toEqual([expression]);
  });

  it.each([
    ['secrets', "secrets['TOKEN']"],
    ['github', "github['event'].issue.body"],
    ['secrets', 'toJSON(secrets)'],
    ['github', 'toJSON( github )'],
  ])('%s is not taken whole, nor by a name in brackets: %s', (context, expression) => {
    expect(inWorkflow(expression)).toEqual([context]);
  });
});
