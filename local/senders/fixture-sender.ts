import type { Provider } from '../../src/providers/provider.js';
import { describedSender } from './described-sender.js';
import { type ProviderFixture, providerFixtures } from './provider-fixtures.js';
import type { Sample, Sender } from './sender.js';

const bodyText = ({ body }: ProviderFixture): string => (typeof body === 'string' ? body : JSON.stringify(body));

/** `github.push` is `push` on GitHub's own lips; a challenge goes by the name of its fixture. */
const eventNameOf = (provider: string, { name, event }: ProviderFixture): string =>
  event === undefined ? name : event.type.slice(provider.length + 1);

const toSample = (provider: string, fixture: ProviderFixture): Sample => ({
  event: eventNameOf(provider, fixture),
  body: Buffer.from(bodyText(fixture)),
  contentType: fixture.contentType,
  headers: fixture.headers,
});

/** Plays a built-in provider: says what its documentation says. */
export const fixtureSender = (provider: Provider): Sender =>
  describedSender(provider, () => providerFixtures(provider.name).map((each) => toSample(provider.name, each)));
