/** What the endpoints answer, as far as the page shows it. */

export interface Breaker {
  readonly name: string;
  readonly state: 'Closed' | 'HalfOpen' | 'Open';
  readonly total: number;
  readonly running: number;
  readonly successful: number;
  readonly failed: number;
  readonly rejected: number;
  readonly timedOut: number;
  readonly consecutiveFailures: number;
  readonly transitions: number;
  readonly averageResponseTimeMs: number;
  readonly lastFailure?: { readonly time: string; readonly reason: string } | null;
  readonly lastSuccess?: string | null;
  readonly lastStateChange: string;
  readonly nextRecoveryAttempt: string | null;
  readonly configuration: Readonly<Record<string, number | null>>;
}

export interface BreakersAnswer {
  readonly instance: string;
  readonly circuitBreakers: Readonly<Record<string, Breaker>>;
}

interface Figures {
  readonly pending: number | null;
  readonly oldestSeconds: number | null;
}

export interface Check {
  readonly healthy: boolean;
  readonly message: string;
  readonly reason?: string;
  readonly action?: string;
}

export interface HealthAnswer {
  readonly status: 'healthy' | 'degraded' | 'unhealthy';
  readonly version: string;
  readonly instance: string;
  readonly uptimeSeconds: number;
  readonly checks: Readonly<Record<string, Check>>;
  readonly outbox: Figures;
  readonly deadLetters?: Figures;
  readonly quarantine: Figures;
  readonly archiveBacklog?: { readonly pending: number | null };
  readonly lastTimerRun?: { readonly endedAt?: string; readonly at?: string } | null;
}

export interface Copy {
  readonly bot: string;
  readonly queue: string;
  readonly attempts: number;
  readonly reason?: string;
}

export interface Delivery {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly time: string;
  readonly provider: string;
  readonly archived: string;
  readonly bytes: number;
  readonly outcome: string;
  readonly bots: readonly string[];
  readonly owed: readonly Copy[];
  readonly deadLettered: readonly Copy[];
}

export interface DeliveriesAnswer {
  readonly events: readonly Delivery[];
  readonly providers: readonly string[];
  readonly bots: readonly string[];
  readonly next?: string;
}

export interface StoredRecord {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly provider: string;
  readonly copies: readonly Copy[];
  readonly deadLetteredAt?: string;
  readonly reason?: string;
}

export interface RecordsAnswer {
  readonly records?: readonly StoredRecord[];
  readonly deadLetters?: readonly StoredRecord[];
  readonly total: number;
  readonly more?: boolean;
  readonly next?: string;
}

interface ArchivedCopy {
  readonly type: string;
  readonly provider: string;
  readonly source: string;
  readonly subject?: string;
  readonly time: string;
  readonly repository?: string;
  readonly correlationId: string;
  readonly signature: string;
  readonly secretVersion: string;
  readonly sessionKey: string;
  readonly archived: {
    readonly name: string;
    readonly bytes: number;
    readonly contentType: string;
    readonly sha256: string;
  };
  readonly bots: readonly string[];
  readonly owed: readonly Copy[];
  readonly deadLettered: readonly (Copy & { readonly deadLetteredAt: string })[];
}

export interface EventAnswer extends ArchivedCopy {
  readonly id: string;
  readonly others: readonly ArchivedCopy[];
}

export interface ReplayedOne {
  readonly sentTo: readonly string[];
  readonly wouldSendTo?: readonly string[];
  readonly failed: readonly { readonly bot: string; readonly reason: string }[];
}

export interface ReplayedMany {
  readonly events: number;
  readonly sent: number;
  readonly bots: Readonly<Record<string, number>>;
  readonly failed: readonly { readonly bot: string; readonly reason: string; readonly times: number }[];
  readonly complete: boolean;
  readonly stoppedBy?: string;
  readonly resumeFrom?: string;
}

export interface RevivedLetters {
  readonly letters: number;
  readonly revived: number;
  readonly stuck: number;
  readonly complete: boolean;
  readonly stoppedBy?: string;
  readonly after?: string;
}
