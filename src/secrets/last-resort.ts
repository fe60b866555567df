import { CircuitBreaker } from '../circuit-breaker/circuit-breaker.js';
import type { CircuitBreakerOptions } from '../circuit-breaker/circuit-breaker-options.js';
import type { GuardedCall } from '../circuit-breaker/guarded-call.js';
import type { Clock } from '../time/clock.js';
import { classifySecretError } from './classify-secret-error.js';
import type { SecretError, SecretVersion } from './secret-store.js';

/** One failure, and it is left alone for two seconds: a vault that is down gets one look-up in that time, a new instance's first two aside. */
export const lastResortOptions = {
  failureThreshold: 1,
  windowMs: 60_000,
  coolDownMs: 2_000,
  successThreshold: 1,
  operationTimeoutMs: 5_000,
  halfOpenMaxConcurrent: 1,
  maxConcurrent: 2,
} as const satisfies CircuitBreakerOptions;

/**
 * The way to the vault when its breaker is open and a secret is available nowhere else: a small breaker beside it, so that
 * deliveries verify again soon after the vault answers, not at the end of a cool-down.
 */
export const createLastResort = (clock: Clock): GuardedCall<readonly SecretVersion[], SecretError> =>
  new CircuitBreaker<readonly SecretVersion[], SecretError>({
    name: 'key-vault:last-resort',
    options: lastResortOptions,
    classify: classifySecretError,
    clock,
  });
