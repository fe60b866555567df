import type { ShardFault } from '../stack/start-stand-ins.js';
import type { SoakProviderName } from '../traffic/soak-providers.js';

/** One thing that happened at a provider. Its bytes and its id follow from these facts alone. */
export interface SoakEvent {
  /** By what the books know it: no other event's. */
  readonly key: string;
  /** Under which everyone knows it: the envelope's id. Now and then an earlier event has the same one, and other bytes. */
  readonly id: string;
  readonly deliveryId: string;
  /** Ascends within a lane, and so within a conversation. */
  readonly number: number;
  readonly provider: SoakProviderName;
  /** One sender, which posts one delivery after the other; no two lanes share a repository. */
  readonly lane: number;
  readonly conversation: number;
  readonly fillerBytes: number;
}

/** One act of a lane: an event for the first time, the same again, or a forgery of it that must leave no trace. */
export interface SoakStep {
  readonly kind: 'first' | 'again' | 'forged';
  readonly event: SoakEvent;
  /** So many at the same moment. */
  readonly copies: number;
  /** How often it is sent, at most, while it is refused; like GitHub, some senders never try again. */
  readonly tries: number;
  /** Before it is sent. */
  readonly pauseMs: number;
}

/** Dependencies that fail together for a while; the end of the round's traffic ends it too. */
export interface Incident {
  /** Begins once so many steps of the round are done, and the incident before it is over. */
  readonly afterSteps: number;
  readonly faults: readonly ShardFault[];
  readonly lastsMs: number;
}

/** The app's host is killed with SIGKILL, stays down, and starts again. */
export interface Kill {
  readonly afterSteps: number;
  readonly downMs: number;
}

/** Traffic with trouble in it; at its end the books are looked at while much may still be owed. */
export interface Round {
  readonly steps: readonly SoakStep[];
  readonly incidents: readonly Incident[];
  readonly kills: readonly Kill[];
}

/** All that a soak does. It follows from the seed, the number of events and the shards alone, so a seed that failed can be played again. */
export interface SoakPlan {
  readonly seed: number;
  readonly events: readonly SoakEvent[];
  readonly lanes: number;
  /** How many accounts and namespaces there are: of several, stores of the last one fail and no others. */
  readonly shards: number;
  /** What the app is started with, beside the connections. */
  readonly settings: Readonly<Record<string, string>>;
  readonly rounds: readonly Round[];
}
