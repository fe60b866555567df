import type { CallResult } from '../../../src/circuit-breaker/call-result.js';
import type { Clock } from '../../../src/circuit-breaker/clock.js';
import type { CallOptions, GuardedCall } from '../../../src/circuit-breaker/guarded-call.js';
import { classifySecretError } from '../../../src/secrets/classify-secret-error.js';
import type { SecretError } from '../../../src/secrets/secret-error.js';
import type { SecretVersion } from '../../../src/secrets/secret-store.js';

const operationTimeoutMs = 5_000;

type Versions = readonly SecretVersion[];

/** A breaker that the test opens by hand: deadlines and errors as the real one answers them, and a count of calls. */
export class VaultGuard implements GuardedCall<Versions, SecretError> {
  readonly #clock: Clock;
  calls = 0;
  openForMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async call<R extends Versions>(
    operation: (signal: AbortSignal) => Promise<R>,
    options: CallOptions = {},
  ): Promise<CallResult<R, SecretError>> {
    const breaker = 'key-vault';
    const timeoutMs = Math.min(options.timeoutMs ?? operationTimeoutMs, operationTimeoutMs);
    if (this.openForMs !== undefined) {
      return { ok: false, error: { kind: 'circuit-open', breaker, retryAfterMs: this.openForMs } };
    }
    this.calls += 1;
    const controller = new AbortController();
    return new Promise((resolve) => {
      const cancel = this.#clock.startTimer(timeoutMs, () => {
        resolve({ ok: false, error: { kind: 'timeout', breaker, timeoutMs } });
        controller.abort();
      });
      operation(controller.signal)
        .then((value) => resolve({ ok: true, value }))
        .catch((thrown: unknown) => {
          resolve({
            ok: false,
            error: { kind: 'operation-failed', breaker, cause: classifySecretError(thrown).error },
          });
        })
        .finally(cancel);
    });
  }
}
