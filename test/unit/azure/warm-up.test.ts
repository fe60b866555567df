import { describe, expect, it } from 'vitest';
import { warmUp } from '../../../src/composition/warm-up.js';

const silent = async (): Promise<void> => {};

describe('the warm-up', () => {
  it('makes the clients, then touches storage and Service Bus once, and reads the secrets', async () => {
    const done: string[] = [];
    const note = (what: string) => async (): Promise<void> => void done.push(what);
    const probes = {
      'blob-storage': note('blob-storage'),
      'service-bus': note('service-bus'),
      'key-vault': note('key-vault'),
    };

    await warmUp({ buildClients: note('clients'), probes, warmSecrets: note('secrets') });

    expect(done).toEqual(['clients', 'blob-storage', 'service-bus', 'secrets']);
  });

  it('keeps to itself that a dependency fails, and touches the others', async () => {
    const touched: string[] = [];
    const failing = async (): Promise<void> => {
      throw new Error('down');
    };
    const probes = {
      'blob-storage': failing,
      'service-bus': async () => void touched.push('service-bus'),
      'key-vault': failing,
    };

    await expect(warmUp({ buildClients: silent, probes, warmSecrets: silent })).resolves.toBeUndefined();

    expect(touched).toEqual(['service-bus']);
  });
});
