import { describe, expect, it } from 'vitest';
import { publishedLists } from '../../../scripts/sender-ranges/published-lists.js';
import { updateSenderRanges } from '../../../scripts/sender-ranges/update-sender-ranges.js';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Download } from '../../../src/source-ranges/download-text.js';
import { parseIpRange } from '../../../src/source-ranges/ip-range.js';
import { readJson } from './read-bicep.js';

const atlassian = JSON.stringify({
  items: [
    { cidr: '104.192.136.0/21', product: ['bitbucket', 'jira'], direction: ['egress', 'ingress'] },
    { cidr: '13.200.41.128/25', product: ['jira'], direction: ['egress'] },
    { cidr: '185.166.140.0/22', product: ['bitbucket'], direction: ['ingress'] },
  ],
});
const published: Readonly<Record<string, string>> = {
  'https://api.github.com/meta': '{"hooks":["192.30.252.0/22","2a0a:a440::/29"],"web":["1.2.3.0/24"]}',
  'https://ip-ranges.atlassian.com/': atlassian,
  'https://stripe.com/files/ips/ips_webhooks.json': '{"WEBHOOKS":["54.187.205.235","3.18.12.63"]}',
  'https://core.telegram.org/resources/cidr.txt': '91.108.4.0/22\n149.154.160.0/20\n\n2001:67c:4e8::/48\n',
};
const known = { 'azure-event-grid': ['AzureEventGrid'], github: ['192.30.252.0/22', '9.234.98.160/28'] };

const update = (texts: Readonly<Record<string, string>>) =>
  updateSenderRanges({
    known,
    lists: publishedLists,
    download: async (url): Promise<Download> => {
      const text = texts[url];
      return text === undefined ? { kind: 'failed', reason: 'unreachable' } : { kind: 'text', text };
    },
  });

describe('the ranges of senders', () => {
  it('become what each of them publishes, and what changes is said', async () => {
    const { ranges, changes, problems } = await update(published);

    expect(problems).toEqual([]);
    expect(ranges).toEqual({
      'azure-event-grid': ['AzureEventGrid'],
      bitbucket: ['104.192.136.0/21'],
      github: ['192.30.252.0/22', '2a0a:a440::/29'],
      jira: ['104.192.136.0/21', '13.200.41.128/25'],
      stripe: ['3.18.12.63', '54.187.205.235'],
      telegram: ['149.154.160.0/20', '2001:67c:4e8::/48', '91.108.4.0/22'],
    });
    expect(changes).toContain('github: +2a0a:a440::/29 -9.234.98.160/28');
  });

  it('stay what they were when a list cannot be read, and that is a problem', async () => {
    const { ranges, problems } = await update({});

    expect(ranges).toEqual(known);
    expect(problems).toHaveLength(publishedLists.length);
  });

  it.each([
    ['nothing', '{"hooks":[]}'],
    ['everything', '{"hooks":["0.0.0.0/0"]}'],
    ['no ranges', '{"hooks":["192.30.252.0/22","localhost"]}'],
    ['no JSON', '<html>'],
  ])('stay what they were when a list names %s', async (_what, text) => {
    const { ranges, problems } = await update({ ...published, 'https://api.github.com/meta': text });

    expect(ranges['github']).toEqual(known.github);
    expect(problems).toHaveLength(1);
  });

  it('are not taken from a text that names the whole of the internet as an address of Stripe or Telegram', async () => {
    const { problems } = await update({
      ...published,
      'https://stripe.com/files/ips/ips_webhooks.json': '{"WEBHOOKS":["1.0.0.0/3"]}',
      'https://core.telegram.org/resources/cidr.txt': 'Not Found',
    });

    expect(problems).toHaveLength(2);
  });

  it('are kept for providers that there are, as ranges or service tags', () => {
    const file = Object.entries(readJson('infra/sender-ranges.json') as Record<string, readonly string[]>);
    const names = builtInProviders.map(({ name }) => name);

    expect(file.map(([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
    for (const range of file.flatMap(([, ranges]) => ranges))
      expect(parseIpRange(range) !== undefined || /^Azure[A-Za-z.]+$/.test(range), range).toBe(true);
  });
});
