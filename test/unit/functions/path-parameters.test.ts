import { describe, expect, it } from 'vitest';
import { pathParameters } from '../../../functions/path-parameters.js';

describe('route parameters', () => {
  it.each([
    ['http://h/api/webhooks/github', 'webhooks/{provider}', { provider: 'github' }],
    ['https://h/api/webhooks/github/?Provider=x', 'webhooks/{provider}', { provider: 'github' }],
    ['http://h/API/Webhooks/GitHub', 'webhooks/{provider}', { provider: 'GitHub' }],
    ['http://h/another/prefix/events/a%2Fb/replay', 'events/{id}/replay', { id: 'a/b' }],
    ['http://h/api/events/100%25', 'events/{id}', { id: '100%' }],
    ['http://h/api/events/%E0%A4', 'events/{id}', { id: '%E0%A4' }],
    ['http://h/api/health', 'health', {}],
  ])('of %s come from its path', (url, route, parameters) => {
    expect(pathParameters(url, route)).toEqual(parameters);
  });
});
