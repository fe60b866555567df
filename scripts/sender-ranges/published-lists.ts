import * as z from 'zod';
import { readGithubMeta } from '../../src/source-ranges/read-github-meta.js';

/** Where a sender publishes the addresses of its webhooks, and how to read them. */
export interface PublishedList {
  readonly provider: string;
  readonly url: string;
  /** The ranges in the text, or `undefined` when it is not what it should be. */
  readonly read: (text: string) => readonly string[] | undefined;
}

const parsed = <T>(text: string, schema: z.ZodType<T>): T | undefined => {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
};

const atlassianSchema = z.object({
  items: z.array(z.object({ cidr: z.string(), product: z.array(z.string()), direction: z.array(z.string()) })).min(1),
});

const atlassian =
  (product: string): PublishedList['read'] =>
  (text) =>
    parsed(text, atlassianSchema)
      ?.items.filter((item) => item.product.includes(product) && item.direction.includes('egress'))
      .map(({ cidr }) => cidr);

const stripeSchema = z.object({ WEBHOOKS: z.array(z.string()).min(1) });

const atlassianUrl = 'https://ip-ranges.atlassian.com/';

/** Senders that publish a list for machines. The service tags of Azure's own senders never change, and stand in the file alone. */
export const publishedLists: readonly PublishedList[] = [
  { provider: 'github', url: 'https://api.github.com/meta', read: readGithubMeta },
  { provider: 'bitbucket', url: atlassianUrl, read: atlassian('bitbucket') },
  { provider: 'jira', url: atlassianUrl, read: atlassian('jira') },
  {
    provider: 'stripe',
    url: 'https://stripe.com/files/ips/ips_webhooks.json',
    read: (text) => parsed(text, stripeSchema)?.WEBHOOKS,
  },
  {
    provider: 'telegram',
    url: 'https://core.telegram.org/resources/cidr.txt',
    read: (text) => text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()])),
  },
];
