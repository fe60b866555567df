import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
const deployed = globSync('{src,functions}/**/*.ts', { cwd: root });

describe('an address that a request names', () => {
  it('is never asked: what is deployed makes HTTP requests of its own in one place, which no delivery reaches', () => {
    const asking = deployed.filter((path) =>
      /\b(?:sending\.)?fetch\(|from 'node:(?:https?|http2|net|tls|dgram)'.*request|\b(?:http|https)\.(?:get|request)\(/.test(
        readFileSync(join(root, path), 'utf8'),
      ),
    );

    // The first sends, the others ask it to.
    expect(asking.toSorted()).toEqual([
      'src/guarded-http/send-request.ts',
      'src/reconcile/github-history.ts',
      'src/reconcile/gitlab-history.ts',
      'src/source-ranges/download-text.ts',
    ]);
  });

  it('is not what the way of a webhook imports', () => {
    const onTheWay = deployed.filter((path) => /^src\/(?:ingest|providers|envelope|signatures)\//.test(path));

    const reaching = onTheWay.filter(
      (path) => readFileSync(join(root, path), 'utf8').match(/download-text|guarded-http|reconcile\//) !== null,
    );
    expect(reaching).toEqual([]);
    expect(onTheWay.length).toBeGreaterThan(50);
  });
});
