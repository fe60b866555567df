import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { firstScreen } from '../../../scripts/recording/first-screen.js';
import { projectRoot } from './pages.js';

const session = readFileSync(join(projectRoot, 'docs/first-session.md'), 'utf8');
const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
const recorded = [...session.matchAll(/^\$ (.+)$/gm)].map(([, command]) => command);

describe('the recorded first session', () => {
  it("is of the commands that the README's first screen has now (npm run record-session)", () => {
    expect(recorded).toEqual(['npm start', ...firstScreen(readme)]);
  });

  it('shows a start that fits a screen', () => {
    const start = session.slice(session.indexOf('$ npm start'), session.indexOf('$ npm run send'));

    expect(start.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  });

  it('shows webhooks taken, a breaker that opens while storage is away, and one that is closed again', () => {
    const breaker = [...session.matchAll(/"blob_storage_circuit":\{"healthy":(true|false)/g)].map(
      ([, healthy]) => healthy,
    );

    expect(session).toMatch(/^202 Accepted {2}github pull_request.opened/m);
    expect(session).toContain('202 Accepted, degraded: blob-storage  8');
    expect(breaker).toEqual(['false', 'true']);
  });

  it('names nothing of the machine that it was recorded on', () => {
    expect(session).not.toMatch(/\/(tmp|root|home|work|Users)\/|"instance":"[^…]/);
    expect([...session.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => port)).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^(?!7071$|10000$|5672$|8443$)/)]),
    );
  });
});
