import { describe, expect, it } from 'vitest';
import { nearestNames } from '../../../../local/senders/nearest-names.js';
import { listSamples, pickSample } from '../../../../local/senders/pick-sample.js';
import { renameRepository } from '../../../../local/senders/rename-repository.js';
import type { Sample } from '../../../../local/senders/sender.js';

const sample = (event: string, action: string | undefined, number: number): Sample => ({
  event,
  ...(action !== undefined && { action }),
  body: Buffer.from(JSON.stringify({ number, repository: { full_name: 'Codertocat/Hello-World' } })),
});

const samples = [
  sample('issues', 'opened', 1),
  sample('issues', 'closed', 2),
  sample('issues', 'opened', 3),
  sample('push', undefined, 4),
  sample('repository_dispatch', 'on-demand-test', 5),
];

const numberOf = (selector: string): unknown => {
  const picked = pickSample(samples, selector);
  return picked.kind === 'found' ? JSON.parse(picked.sample.body.toString('utf8')).number : picked;
};

describe('samples', () => {
  it('are picked by event, by event and action, and by number', () => {
    expect(
      ['issues', 'issues.opened', 'issues.opened/2', 'issues/2', 'push', 'repository_dispatch.on-demand-test'].map(
        numberOf,
      ),
    ).toEqual([1, 1, 3, 2, 4, 5]);
  });

  it('a number beyond the last says how many there are', () => {
    expect([numberOf('issues.opened/3'), numberOf('issues.opened/0')]).toEqual([
      { kind: 'no-such-number', count: 2 },
      { kind: 'no-such-number', count: 2 },
    ]);
  });

  it('a name that is not there brings the nearest ones', () => {
    expect(numberOf('isues.open')).toEqual({ kind: 'unknown', nearest: ['issues.opened'] });
    expect(numberOf('something-else')).toEqual({ kind: 'unknown', nearest: [] });
  });

  it('are listed by event with how many there are of each action', () => {
    expect(listSamples(samples).get('issues')).toEqual(
      new Map([
        ['opened', 2],
        ['closed', 1],
      ]),
    );
  });

  it('can be sent as if they came from another repository', () => {
    const renamed = renameRepository(sample('issues', 'opened', 1), 'octo-org/octo-repo');
    const homeless = renameRepository({ event: 'ping', body: Buffer.from('{}') }, 'octo-org/octo-repo');

    expect(renamed?.body.toString('utf8')).toBe('{"number":1,"repository":{"full_name":"octo-org/octo-repo"}}');
    expect(homeless).toBeUndefined();
  });
});

describe('nearest names', () => {
  it('the fewest changes come first, and a part of a name is near', () => {
    expect(nearestNames('pul_request', ['push', 'pull_request', 'pull_request_review'])).toEqual(['pull_request']);
    expect(nearestNames('review', ['pull_request', 'pull_request_review'])).toEqual(['pull_request_review']);
  });
});
