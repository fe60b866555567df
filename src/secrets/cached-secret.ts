import type { CallResult, CircuitBreakerError } from '../circuit-breaker/call-errors.js';
import { type FaultReason, isFaultReason } from '../faults/fault-reason.js';
import type { Log } from '../observability/log/log.js';
import type { Clock } from '../time/clock.js';
import { secretFaultReason } from './classify-secret-error.js';
import type { FitVersions } from './fit-versions.js';
import type { SecretError, SecretVersion } from './secret-store.js';
import type { LookUpOptions, SecretLookup, SecretSource } from './secrets.js';
import { freshAnswer, type KnownSecret, type SecretAges, staleAnswer } from './secrets.js';

type ReadError = CircuitBreakerError<SecretError>;

/** What the vault said. `isConfirmed`: its breaker let the call through; else the cache asks again as soon as it does. */
export interface VaultReading {
  readonly result: CallResult<readonly SecretVersion[], SecretError>;
  readonly isConfirmed: boolean;
}

export interface CachedSecretPorts {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly ages: SecretAges;
  readonly fitVersions: FitVersions;
  /** Fit values that stand in for the vault until it first answers; none: an empty list. */
  readonly fallback: readonly SecretVersion[];
  /** Asks the vault, in the time that its breaker allows. `needed`: there is nothing else to verify with. */
  readonly read: (needed: boolean) => Promise<VaultReading>;
  /** Runs work outside of the request that happens to need it first: what it logs belongs to nobody's request. */
  readonly outside: <R>(work: () => R) => R;
}

/** What is known of a secret without asking for it. */
export interface SecretStanding {
  /** What would answer if the vault failed now, or is answering already. */
  readonly source: SecretSource | 'none';
  /** How many versions that is. */
  readonly versions?: number;
  /** Whether the vault failed when it was last asked. */
  readonly failing: boolean;
  /** What is wrong with what the vault holds. Never a value. */
  readonly problem?: string;
  /** Why the vault failed, while it does. */
  readonly reason?: FaultReason;
}

/** One call to the vault. It belongs to nobody: callers wait for it within their own time, and its answer fills the cache. */
interface Flight {
  readonly ended: Promise<ReadError | undefined>;
  /** Somebody's time was up before it ended: nobody who can do without it waits for it any more. */
  isLate: boolean;
}

type Waiting = { readonly kind: 'ended'; readonly error: ReadError | undefined } | { readonly kind: 'time-is-up' };

/** Between two attempts to refresh a secret that can be served without the vault, or that the vault will not give. */
const retrySpacingMs = 5_000;

/**
 * From this share of the refresh age on, a caller that is answered from the cache has the vault asked beside it, so that no later
 * one needs to wait for that. At the full age callers wait: a version that was disabled verifies nothing any more.
 */
const aheadShare = 0.8;

/** Forged deliveries ask for another look as often as they like. */
const againSpacingMs = 10_000;

/** Long enough for a vault that is well again. Nobody waits longer once it has failed: there is something better to do with the time. */
const patienceAfterFailureMs = 2_500;

/** Long enough for a vault that is well. Nobody waits longer who can be served by something else: what it says serves those who come next. */
const patienceWithStandbyMs = 500;

/** So many reads in a row, close together, after a failure: a breaker that probes needs more than one success to close. */
const confirmingReads = 2;

const retryAfterMs = (error: ReadError | undefined): number =>
  error !== undefined && 'retryAfterMs' in error ? error.retryAfterMs : retrySpacingMs;

const reasonOf = (error: ReadError): string =>
  error.kind === 'operation-failed' ? secretFaultReason(error.cause) : error.kind;

/** The vault answers, but will not hear of this one secret. */
export const isRefusal = (error: ReadError): boolean =>
  error.kind === 'operation-failed' && error.cause.code === 'refused';

/** The cache entry of one secret: at most one call to the vault at a time, begun by the caller that needs it first. */
export class CachedSecret {
  readonly #ports: CachedSecretPorts;
  readonly #startedMs: number;
  #known: KnownSecret = { kind: 'unknown' };
  #flight: Flight | undefined;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #readsToConfirm = 0;
  /** The vault has spoken of this secret, whatever it said: it knows more than the setting ever will. */
  #vaultHasSpoken = false;
  #failing = false;
  #lastReason: FaultReason | undefined;

  constructor(ports: CachedSecretPorts) {
    this.#ports = ports;
    this.#startedMs = this.#nowMs;
  }

  async lookUp({ timeoutMs, again }: LookUpOptions): Promise<SecretLookup> {
    const fresh = again === true && this.#mayAskAgain ? undefined : this.#freshAnswer();
    if (fresh !== undefined) {
      if (this.#isDueSoon()) this.#takeOff();
      return fresh;
    }
    if (this.#nowMs < this.#retryAtMs || timeoutMs <= 0) return this.#answerWithout(undefined);
    const flight = this.#flight ?? this.#takeOff();
    const standby = again === true ? undefined : this.#standbyAnswer();
    if (flight.isLate && standby !== undefined) return standby;
    const waiting = await this.#waitFor(flight, Math.min(timeoutMs, this.#patienceMs(standby)));
    if (waiting.kind === 'time-is-up') flight.isLate = true;
    else if (waiting.error === undefined) return this.#freshAnswer() ?? this.#answerWithout(undefined);
    return this.#answerWithout(waiting.kind === 'ended' ? waiting.error : undefined);
  }

  /** Whether something would answer if the vault failed now. */
  get isCached(): boolean {
    return this.#standbyAnswer() !== undefined;
  }

  /** A version that was disabled must not verify, so a cached one waits for a vault that is not known to fail; the setting does not. */
  #patienceMs(standby: Extract<SecretLookup, { readonly kind: 'found' }> | undefined): number {
    if (standby !== undefined && (this.#failing || standby.source === 'fallback')) return patienceWithStandbyMs;
    return this.#failing ? patienceAfterFailureMs : Number.POSITIVE_INFINITY;
  }

  standing(): SecretStanding {
    const standby = this.#standbyAnswer();
    const problem = 'problem' in this.#known ? this.#known.problem : undefined;
    return {
      source: standby === undefined ? 'none' : standby.source === 'cache' && !this.#failing ? 'vault' : standby.source,
      ...(standby !== undefined && { versions: standby.versions.length }),
      failing: this.#failing,
      ...(this.#failing && this.#lastReason !== undefined && { reason: this.#lastReason }),
      ...(problem !== undefined && { problem }),
    };
  }

  get #mayAskAgain(): boolean {
    return this.#known.kind === 'found' && this.#nowMs - this.#known.atMs >= againSpacingMs;
  }

  #isDueSoon(): boolean {
    if (this.#known.kind !== 'found' || this.#flight !== undefined) return false;
    return this.#nowMs - this.#known.atMs >= this.#ports.ages.refreshMs * aheadShare;
  }

  #freshAnswer(): SecretLookup | undefined {
    const { ages } = this.#ports;
    const soonMs = this.#failing ? 0 : Math.min(ages.refreshMs, retrySpacingMs);
    const refreshMs = this.#readsToConfirm > 0 ? soonMs : ages.refreshMs;
    return freshAnswer(this.#known, this.#nowMs, { ...ages, refreshMs });
  }

  /** The answer while the vault fails. What it once said, even that there is no such secret, is never outdone by the setting. */
  #standbyAnswer(): Extract<SecretLookup, { readonly kind: 'found' }> | undefined {
    const { ages, fallback } = this.#ports;
    const stale = staleAnswer(this.#known, this.#nowMs, ages);
    if (stale !== undefined || this.#vaultHasSpoken || fallback.length === 0) return stale;
    const isYoung = this.#nowMs - this.#startedMs < ages.maxStaleMs;
    return isYoung ? { kind: 'found', versions: fallback, source: 'fallback' } : undefined;
  }

  #answerWithout(error: ReadError | undefined): SecretLookup {
    const reason = this.#failing ? this.#lastReason : undefined;
    const unavailable = { kind: 'unavailable', retryAfterMs: retryAfterMs(error), ...(reason && { reason }) } as const;
    return this.#standbyAnswer() ?? unavailable;
  }

  #takeOff(): Flight {
    const ended = this.#ports
      .outside(() => this.#read())
      .finally(() => {
        this.#flight = undefined;
      });
    // A bug in it reaches whoever waits; with nobody waiting it must not end the process.
    ended.catch(() => undefined);
    this.#flight = { ended, isLate: false };
    return this.#flight;
  }

  async #read(): Promise<ReadError | undefined> {
    const { result, isConfirmed } = await this.#ports.read(this.#standbyAnswer() === undefined);
    if (result.ok) this.#learn(result.value, isConfirmed);
    else this.#fail(result.error);
    return result.ok ? undefined : result.error;
  }

  #learn(live: readonly SecretVersion[], isConfirmed: boolean): void {
    const { name, log, fitVersions } = this.#ports;
    const judged = fitVersions(live);
    const atMs = this.#nowMs;
    const isMissing = judged.versions.length === 0;
    if (isMissing) log.write('warn', 'secret.missing', { secret: name });
    this.#readsToConfirm = isConfirmed ? Math.max(0, this.#readsToConfirm - 1) : confirmingReads;
    this.#vaultHasSpoken = true;
    this.#failing = !isConfirmed;
    const problem = judged.problem ?? 'does not exist or has no enabled version';
    this.#known = isMissing ? { kind: 'missing', atMs, problem } : { kind: 'found', atMs, ...judged };
  }

  #fail(error: ReadError): void {
    const { name, log } = this.#ports;
    const refused = isRefusal(error);
    const reason = reasonOf(error);
    // An open breaker says nothing new: what opened it stands.
    if (isFaultReason(reason)) this.#lastReason = reason;
    this.#vaultHasSpoken ||= refused;
    this.#failing = true;
    this.#readsToConfirm = confirmingReads;
    const standby = this.#standbyAnswer();
    if (standby !== undefined || refused) this.#retryAtMs = this.#nowMs + retrySpacingMs;
    if (error.kind !== 'circuit-open') {
      const servedStale = standby?.source === 'cache';
      const servedFallback = standby?.source === 'fallback';
      log.write('warn', 'secret.refresh-failed', {
        secret: name,
        reason,
        servedStale,
        servedFallback,
      });
    }
  }

  /** Waits for the flight, but not past the caller's own time. */
  #waitFor({ ended }: Flight, timeoutMs: number): Promise<Waiting> {
    return new Promise((resolve, reject) => {
      const cancel = this.#ports.clock.startTimer(timeoutMs, () => resolve({ kind: 'time-is-up' }));
      ended.then((error) => resolve({ kind: 'ended', error }), reject).finally(cancel);
    });
  }

  get #nowMs(): number {
    return this.#ports.clock.monotonicMs();
  }
}
