import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-result.js';
import type { Clock } from '../circuit-breaker/clock.js';
import type { Log } from '../observability/log.js';
import { freshAnswer, type KnownSecret, type SecretAges, staleAnswer } from './known-secret.js';
import type { SecretError } from './secret-error.js';
import type { SecretVersion } from './secret-store.js';
import type { SecretLookup } from './secrets.js';

type ReadError = CircuitBreakerError<SecretError>;

export interface CachedSecretPorts {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ages: SecretAges;
  readonly fitVersions: (versions: readonly SecretVersion[]) => readonly SecretVersion[];
  readonly read: (timeoutMs: number) => Promise<CallResult<readonly SecretVersion[], SecretError>>;
}

/** One call to the vault and when it ends at the latest; callers that come meanwhile wait for it too. */
interface Flight {
  readonly deadlineMs: number;
  readonly ended: Promise<ReadError | undefined>;
}

/** Between two attempts to refresh a secret that can be served stale, or that the vault will not give. */
const retrySpacingMs = 5_000;

/**
 * From this share of the refresh age on, a caller that is answered from the cache has the vault asked beside it, so that no later
 * one needs to wait for that. At the full age callers wait: a version that was disabled verifies nothing any more.
 */
const aheadShare = 0.8;

/** So many reads in a row, close together, after a failure: a breaker that probes needs more than one success to close. */
const confirmingReads = 2;

const retryAfterMs = (error: ReadError | undefined): number =>
  error !== undefined && 'retryAfterMs' in error ? error.retryAfterMs : retrySpacingMs;

const reasonOf = (error: ReadError): string => (error.kind === 'operation-failed' ? error.cause.code : error.kind);

/** The cache entry of one secret: at most one call to the vault at a time, made for the caller that needs it. */
export class CachedSecret {
  readonly #ports: CachedSecretPorts;
  #known: KnownSecret = { kind: 'unknown' };
  #flight: Flight | undefined;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #readsToConfirm = 0;

  constructor(ports: CachedSecretPorts) {
    this.#ports = ports;
  }

  lookUp(timeoutMs: number): Promise<SecretLookup> {
    return this.#lookUpBefore(this.#nowMs + timeoutMs);
  }

  /** Whether there is an answer for as long as the vault fails: young enough to be served stale. */
  isUsable(): boolean {
    return staleAnswer(this.#known, this.#nowMs, this.#ports.ages) !== undefined;
  }

  /** How many versions would be served while the vault fails; `undefined` when there is nothing to serve. */
  versionCount(): number | undefined {
    const answer = staleAnswer(this.#known, this.#nowMs, this.#ports.ages);
    return answer?.kind === 'found' ? answer.versions.length : undefined;
  }

  async #lookUpBefore(deadlineMs: number): Promise<SecretLookup> {
    const nowMs = this.#nowMs;
    const fresh = this.#freshAnswer();
    if (fresh !== undefined && this.#isDueSoon()) this.#takeOff(deadlineMs);
    if (fresh !== undefined) return fresh;
    if (nowMs < this.#retryAtMs) return this.#failedAnswer(undefined);
    if (nowMs >= deadlineMs) return this.#failedAnswer(undefined);

    const joined = this.#flight !== undefined;
    const error = await this.#endBefore(deadlineMs, this.#flight ?? this.#takeOff(deadlineMs));
    const answer = error === undefined ? this.#freshAnswer() : undefined;
    if (answer !== undefined) return answer;
    // The other caller had less time than this one: what is left of its own is still to be used.
    if (joined && error?.kind === 'timeout') return this.#lookUpBefore(deadlineMs);
    return this.#failedAnswer(error);
  }

  #isDueSoon(): boolean {
    if (this.#known.kind !== 'found' || this.#flight !== undefined) return false;
    return this.#nowMs - this.#known.atMs >= this.#ports.ages.refreshMs * aheadShare;
  }

  #freshAnswer(): SecretLookup | undefined {
    const { ages } = this.#ports;
    const refreshMs = this.#readsToConfirm > 0 ? Math.min(ages.refreshMs, retrySpacingMs) : ages.refreshMs;
    return freshAnswer(this.#known, this.#nowMs, { ...ages, refreshMs });
  }

  #failedAnswer(error: ReadError | undefined): SecretLookup {
    const stale = staleAnswer(this.#known, this.#nowMs, this.#ports.ages);
    return stale ?? { kind: 'unavailable', retryAfterMs: retryAfterMs(error) };
  }

  #takeOff(deadlineMs: number): Flight {
    const ended = this.#read(deadlineMs - this.#nowMs).finally(() => {
      this.#flight = undefined;
    });
    this.#flight = { deadlineMs, ended };
    return this.#flight;
  }

  async #read(timeoutMs: number): Promise<ReadError | undefined> {
    const result = await this.#ports.read(timeoutMs);
    if (result.ok) this.#learn(this.#ports.fitVersions(result.value));
    else this.#fail(result.error);
    return result.ok ? undefined : result.error;
  }

  #learn(versions: readonly SecretVersion[]): void {
    const { name, log } = this.#ports;
    const atMs = this.#nowMs;
    if (versions.length === 0) log.write('warn', 'secret.missing', { secret: name });
    this.#readsToConfirm = Math.max(0, this.#readsToConfirm - 1);
    this.#known = versions.length === 0 ? { kind: 'missing', atMs } : { kind: 'found', atMs, versions };
  }

  #fail(error: ReadError): void {
    const { name, log, ages } = this.#ports;
    const stale = staleAnswer(this.#known, this.#nowMs, ages) !== undefined;
    const refused = error.kind === 'operation-failed' && error.cause.code === 'refused';
    this.#readsToConfirm = confirmingReads;
    if (stale || refused) this.#retryAtMs = this.#nowMs + retrySpacingMs;
    if (error.kind !== 'circuit-open') {
      log.write('warn', 'secret.refresh-failed', { secret: name, reason: reasonOf(error), servedStale: stale });
    }
  }

  /** Waits for the flight, but not past the caller's own deadline. A timer is needed only when that comes first. */
  #endBefore(deadlineMs: number, { deadlineMs: flightDeadlineMs, ended }: Flight): Promise<ReadError | undefined> {
    if (flightDeadlineMs <= deadlineMs) return ended;
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.startTimer(deadlineMs - this.#nowMs, () => resolve(undefined));
      ended.then(resolve, reject).finally(cancel);
    });
  }

  get #nowMs(): number {
    return this.#ports.clock.monotonicMs();
  }
}
