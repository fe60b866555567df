import { describe, expect, it } from 'vitest';
import { github } from '../../../src/providers/github.js';
import { describeDelivery } from './github-delivery.js';

const describeWith = (headers: Record<string, string>, payload: unknown = {}) =>
  github.describe({ headers: new Headers(headers), body: Buffer.alloc(0), receivedAt: new Date(0) }, payload);

describe('github', () => {
  it('waits no longer than GitHub does and accepts with 202', () => {
    expect(github).toMatchObject({ name: 'github', replyBudgetMs: 9000, acceptedStatus: 202, formField: 'payload' });
  });

  it('says what happened, to what, where, under which delivery id', () => {
    const described = describeDelivery({
      event: 'pull_request',
      headers: { 'x-github-delivery': '72d3162e-cc78-11e3-81ab-4c9367dc0958' },
      payload: {
        action: 'opened',
        pull_request: { number: 42 },
        repository: { full_name: 'octo-org/octo-repo', html_url: 'https://github.com/octo-org/octo-repo' },
      },
    });

    expect(described).toEqual({
      kind: 'event',
      event: 'pull_request',
      action: 'opened',
      deliveryId: '72d3162e-cc78-11e3-81ab-4c9367dc0958',
      source: 'https://github.com/octo-org/octo-repo',
      subject: 'octo-org/octo-repo/pull_request/42',
      repository: 'octo-org/octo-repo',
      sessionKeys: {
        entity: 'octo-org/octo-repo/pull_request/42',
        repository: 'octo-org/octo-repo',
        source: 'https://github.com/octo-org/octo-repo',
      },
    });
  });

  it.each([
    ['missing', {}],
    ['empty', { 'x-github-event': '' }],
    ['two joined by a comma', { 'x-github-event': 'push, ping' }],
    ['with a dot', { 'x-github-event': 'push.ping' }],
    ['in upper case', { 'x-github-event': 'Push' }],
    ['too long', { 'x-github-event': 'x'.repeat(65) }],
    ['a path', { 'x-github-event': '../admin' }],
  ])('misses its event header when that is %s', (_what, headers: Record<string, string>) => {
    expect(describeWith(headers)).toEqual({ kind: 'missing-header', header: 'X-GitHub-Event' });
  });

  it.each([
    ['deploy.now', 'deploy%2Enow'],
    ['deploy to production', 'deploy%20to%20production'],
    ['выкатить', '%D0%B2%D1%8B%D0%BA%D0%B0%D1%82%D0%B8%D1%82%D1%8C'],
    ['*', '%2A'],
    ['a\u0000b', 'a%00b'],
    ['x'.repeat(101), 'x'.repeat(101)],
  ])('keeps the action %j as one segment of the type', (action, expected) => {
    expect(describeDelivery({ event: 'repository_dispatch', payload: { action } }).action).toBe(expected);
  });

  it('keeps the word that the caller of a repository dispatch chose', () => {
    const payload = { action: 'on-demand-test' };

    expect(describeDelivery({ event: 'repository_dispatch', payload }).action).toBe('on-demand-test');
  });

  it.each(['has space', 'tab\tinside', 'x'.repeat(257)])('keeps a delivery id as it was sent, such as %j', (id) => {
    const described = describeDelivery({ event: 'push', payload: {}, headers: { 'x-github-delivery': id } });

    expect(described).toMatchObject({ deliveryId: id });
  });

  it('does without a delivery id that is empty', () => {
    const described = describeDelivery({ event: 'push', payload: {}, headers: { 'x-github-delivery': '' } });

    expect(described).not.toHaveProperty('deliveryId');
  });

  it('describes an event of a type it has never heard of by the general rule', () => {
    const described = describeDelivery({
      event: 'quantum_merge',
      payload: { action: 'observed', quantum_merge: { id: 7 }, repository: { full_name: 'octo-org/octo-repo' } },
    });

    expect(described).toMatchObject({
      event: 'quantum_merge',
      action: 'observed',
      source: 'https://github.com/octo-org/octo-repo',
      subject: 'octo-org/octo-repo/quantum_merge/7',
      sessionKeys: { entity: 'octo-org/octo-repo' },
    });
  });

  it.each([
    ['null', null],
    ['a text', 'pull_request'],
    ['a number', 42],
    ['a list', [{ repository: { full_name: 'octo-org/octo-repo' } }]],
    ['texts where objects are expected', { repository: 'octo-org/octo-repo', pull_request: '42', sender: 'octocat' }],
    ['lists where objects are expected', { repository: [{ full_name: 'a/b' }], pull_request: [{ number: 1 }] }],
    ['nulls all over', { repository: null, organization: null, installation: null, sender: null, action: null }],
    ['numbers where texts are expected', { repository: { full_name: 1, html_url: 2 }, ref: 3, action: 4 }],
    ['members of the prototype', JSON.parse('{"__proto__":{"repository":{"full_name":"a/b"}},"constructor":1}')],
    ['a repository that is a path', { repository: { full_name: '../../victim/x', html_url: 'file:///etc/passwd' } }],
    ['a repository with line feeds', { repository: { full_name: 'octo\n/repo', html_url: 'https://a\n.example' } }],
  ])('makes a plain event of a payload that is %s', (_what, payload) => {
    const described = describeDelivery({ event: 'pull_request', payload });

    expect(described).toEqual({
      kind: 'event',
      event: 'pull_request',
      source: 'https://github.com',
      sessionKeys: { entity: 'https://github.com', repository: 'https://github.com', source: 'https://github.com' },
    });
  });
});
