import { describe, expect, it } from 'vitest';
import { readCircuitBreakers } from '../../../src/settings/read-circuit-breakers.js';

describe('circuit breaker preset', () => {
  it("unset, it changes nothing: every breaker has the requirement's own numbers", () => {
    expect(readCircuitBreakers({})).toEqual({ ok: true, value: { serviceBus: {}, blobStorage: {}, keyVault: {} } });
  });

  it('production is the same as unset', () => {
    expect(readCircuitBreakers({ CircuitBreaker__preset: 'production' })).toEqual(readCircuitBreakers({}));
  });

  it('development forgives more, and a single option wins over it', () => {
    const reading = readCircuitBreakers({
      CircuitBreaker__preset: 'development',
      CircuitBreaker__keyVault__failureThreshold: '4',
    });

    expect(reading).toMatchObject({
      ok: true,
      value: {
        serviceBus: { failureThreshold: 10, coolDownMs: 5_000, successThreshold: 1 },
        keyVault: { failureThreshold: 4, coolDownMs: 5_000, successThreshold: 1 },
      },
    });
  });

  it.each(['strict', '', '__proto__', 'Development'])('"%s" is no preset', (text) => {
    expect(readCircuitBreakers({ CircuitBreaker__preset: text })).toMatchObject({
      ok: false,
      problems: [{ name: 'CircuitBreaker__preset', expected: 'development or staging or production' }],
    });
  });
});
