import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { providerFixtures } from '../../../local/senders/provider-fixtures.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/providers.md'), 'utf8');

const blockOf = (name: string): readonly string[] => {
  const [, block = ''] = new RegExp(`<!-- ${name} -->\\n([\\s\\S]*?)\\n<!-- /${name} -->`).exec(page) ?? [];
  return block.split('\n').slice(2);
};

type Scheme = Provider['signing'][number];

const windowOf = (scheme: Scheme): string =>
  'timestamp' in scheme && scheme.timestamp?.toleranceSeconds ? `, ${scheme.timestamp.toleranceSeconds} s` : '';

const keyNames = {
  text: 'the text itself',
  base64: 'base64',
  whsec: '`whsec_` and base64',
  whpk: '`whpk_` and base64, public',
  hex: 'hex, public',
} as const;

const schemeText = (scheme: Scheme): string => {
  switch (scheme.kind) {
    case 'hmac':
      return `HMAC-${scheme.algorithm.toUpperCase()} in \`${scheme.header}\`${windowOf(scheme)}; key: ${keyNames[scheme.key]}`;
    case 'ed25519':
      return `Ed25519 in \`${scheme.header}\`${windowOf(scheme)}; key: ${keyNames[scheme.key]}`;
    case 'token':
      return `the secret in \`${scheme.header}\`${scheme.query ? ` or \`?${scheme.query}=\`` : ''}`;
    case 'basic':
      return 'HTTP Basic; the secret is `user:password`';
  }
};

const bodyWindow = ({ bodyTimestamp }: Provider): string =>
  bodyTimestamp ? `; the body says when, ${bodyTimestamp.toleranceSeconds} s` : '';

const statusOf = ({ name, acceptedStatus }: Provider): string => {
  const replies = providerFixtures(name).flatMap(({ event, reply }) => (event && reply ? [reply.status] : []));
  return [...new Set(replies.length > 0 ? replies : [acceptedStatus])].toSorted().join(', ');
};

const rowOf = (provider: Provider): string => {
  const signing = `${provider.signing.map(schemeText).join('; or ')}${bodyWindow(provider)}`;
  return `| \`${provider.name}\` | ${signing} | ${statusOf(provider)} | ${provider.replyBudgetMs / 1000} s | ${provider.afterFailure} |`;
};

describe('docs/providers.md', () => {
  it('says of each provider what its description says', () => {
    expect(blockOf('providers')).toEqual(builtInProviders.map(rowOf));
  });

  it('says of each provider how its events are named and ordered', () => {
    const named = blockOf('events').map((row) => /^\| `([a-z-]+)`/.exec(row)?.[1]);

    expect(named).toEqual(builtInProviders.map(({ name }) => name));
  });
});
