import { it } from 'vitest';
import { expectSoundSoak } from '../support/expect-sound-soak.js';

/** In a file of its own, to run beside the soak of one account and one namespace. */
it('seed 6: two accounts and two namespaces: dependencies fail, the host is killed and started again, and nothing accepted is lost, doubled or altered', () =>
  expectSoundSoak({ seed: 6, events: 150, shards: 2 }));
