import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { Provider } from '../../../src/providers/provider.js';
import { keptHeaders, keptQuery } from '../../../src/quarantine/kept-headers.js';
import { readProviders } from '../../../src/settings/read-providers.js';

const builtIn = (name: string): Provider => {
  const provider = builtInProviders.find((each) => each.name === name);
  if (provider === undefined) throw new Error(`No ${name}`);
  return provider;
};

const namesKept = (provider: Provider, headers: Readonly<Record<string, string>>): readonly string[] =>
  keptHeaders(provider, new Headers(headers)).map(([name]) => name);

const everyDoor = {
  authorization: 'Bearer opens-something-else',
  cookie: 'session=1',
  'x-functions-key': 'k',
  'x-functions-clientid': 'c',
  'x-forwarded-for': '203.0.113.7',
  'x-ms-client-principal': 'p',
  'x-arr-ssl': 'x',
  'x-original-url': '/api',
  host: 'hooks.example.com',
  'proxy-authorization': 'Basic eDp5',
};

describe('the headers that are kept of a quarantined delivery', () => {
  it('are what the sender wrote about its delivery', () => {
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/1',
      'x-github-event': 'push',
      'x-hub-signature-256': 'sha256=00',
    };

    expect(namesKept(builtIn('github'), { ...headers, ...everyDoor }).toSorted()).toEqual(
      Object.keys(headers).toSorted(),
    );
  });

  it.each([
    'azure-devops',
    'azure-event-grid',
    'cloudevents',
    'microsoft-teams',
  ])('of %s hold Authorization, for that is how it proves itself, and nothing else that opens doors', (name) => {
    expect(namesKept(builtIn(name), everyDoor)).toEqual(['authorization']);
  });

  it('of a sender of one’s own hold whatever header its description names', () => {
    const file = {
      providers: {
        acme: {
          signing: {
            kind: 'hmac',
            header: 'Acme-Proof',
            encoding: 'hex',
            signedBytes: '{id}.{timestamp}.{body}',
            idHeader: 'Acme-Id',
            timestamp: { header: 'Acme-Time' },
          },
          event: { header: 'Acme-Event' },
          deliveryId: [{ header: 'Acme-Delivery' }, { pointer: '/id' }],
        },
      },
    };
    const reading = readProviders(JSON.stringify(file));
    const [acme] = reading.ok ? reading.providers : [];
    if (acme === undefined) throw new Error('It does not read');
    const headers = { 'Acme-Proof': '1', 'Acme-Id': '2', 'Acme-Time': '3', 'Acme-Event': '4', 'Acme-Delivery': '5' };

    expect(namesKept(acme, { ...headers, 'Acme-Other': '6' }).toSorted()).toEqual(
      Object.keys(headers)
        .map((name) => name.toLowerCase())
        .toSorted(),
    );
  });

  it('the query is kept where the token may stand there, and nothing else of it', () => {
    const query = new URLSearchParams('code=a-function-key&access_token=t');

    expect(keptQuery(builtIn('cloudevents'), query)).toEqual([['access_token', 't']]);
    expect(keptQuery(builtIn('github'), query)).toEqual([]);
  });
});
