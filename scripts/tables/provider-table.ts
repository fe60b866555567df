import { providerFixtures } from '../../local/senders/provider-fixtures.js';
import { builtInProviders } from '../../src/providers/built-in.js';
import type { Provider } from '../../src/providers/provider.js';
import { tableRow, withTable } from './table-in.js';

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
  const waits = `${provider.replyBudgetMs / 1000} s`;
  return tableRow([`\`${provider.name}\``, signing, statusOf(provider), waits, provider.afterFailure]);
};

/** docs/providers.md with its table of providers. */
export const withProviderTable = withTable('providers', () =>
  [
    '| name | proof | reply | waits | after failures |',
    '| --- | --- | --- | --- | --- |',
    ...builtInProviders.map(rowOf),
  ].join('\n'),
);
