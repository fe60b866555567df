import { it } from 'vitest';
import { expectSoundSoak } from '../support/expect-sound-soak.js';

/** Even seeds defer what Service Bus does not take; odd ones reject it. */
it('seed 4: dependencies fail, the host is killed and started again, and nothing accepted is lost, doubled or altered', () =>
  expectSoundSoak({ seed: 4, events: 300 }));
