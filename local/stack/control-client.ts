import * as z from 'zod';
import type { ProxyTraffic } from '../faults/start-fault-proxy.js';
import type { TriedDelivery } from '../senders/tried-delivery.js';
import type { StackRecord } from './stack-record.js';
import { type Breakable, type HistoryName, isStandInName, type StandInName } from './stand-ins.js';

const queueCountsSchema = z.object({
  name: z.string(),
  active: z.number(),
  locked: z.number(),
  deferred: z.number(),
  scheduled: z.number(),
  deadLettered: z.number(),
  sessions: z.number(),
});

/** How many messages of one queue are in which state; the locked ones are among the active or deferred. */
export type QueueCounts = Readonly<z.infer<typeof queueCountsSchema>>;

const statusSchema = z.object({ pid: z.number() });
const standInSchema = z.custom<StandInName>((name) => typeof name === 'string' && isStandInName(name));
const faultsSchema = z.object({
  'blob-storage': z.string(),
  'service-bus': z.string(),
  'key-vault': z.string(),
  /** Where the stack has it. */
  'github-api': z.string().optional(),
  'gitlab-api': z.string().optional(),
});
const trafficSchema = z.record(standInSchema, z.object({ connections: z.number(), pieces: z.number() }));
const refusalSchema = z.object({ error: z.string() });

/** Faults by stand-in, as one would type them: `none`, `hang`, `slow 500`. */
export type Faults = Readonly<z.infer<typeof faultsSchema>>;

/** What has come to each stand-in since the stack was started. */
export type Traffic = Readonly<Record<StandInName, ProxyTraffic>>;

/** The stack refused a command; `message` says why. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal';
}

/** Commands a running stack. Every call rejects when the stack does not answer. */
export interface ControlClient {
  /** The process id of the stack that answers. */
  status(): Promise<{ readonly pid: number }>;
  queues(): Promise<readonly QueueCounts[]>;
  faults(): Promise<Faults>;
  traffic(): Promise<Traffic>;
  /** Queues take any message id again, as after their window of duplicate detection. */
  forgetDuplicates(): Promise<void>;
  /** Throws `ControlRefusal` for a fault that there is not. */
  setFault(name: Breakable, fault: string): Promise<void>;
  /** Puts a delivery into a sender's history. Throws `ControlRefusal` where there is none. */
  recordDelivery(history: HistoryName, delivery: TriedDelivery): Promise<void>;
  /** Method and path of every request to a sender's API, in order. Throws `ControlRefusal` where there is none. */
  askedOf(history: HistoryName): Promise<readonly string[]>;
}

/** On a busy machine everything may stand still for seconds. */
const timeoutMs = 20_000;

/** Talks to the control server that `stack.json` names. */
export const createControlClient = ({ url, token }: StackRecord['control']): ControlClient => {
  const call = async (path: string, init: RequestInit = {}): Promise<unknown> => {
    const reply = await fetch(new URL(path, url), {
      ...init,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(timeoutMs),
    });
    const answer: unknown = await reply.json();
    if (!reply.ok) throw new ControlRefusal(refusalSchema.parse(answer).error);
    return answer;
  };
  return {
    status: async () => statusSchema.parse(await call('/status')),
    queues: async () => z.array(queueCountsSchema).parse(await call('/queues')),
    faults: async () => faultsSchema.parse(await call('/faults')),
    traffic: async () => trafficSchema.parse(await call('/traffic')),
    forgetDuplicates: async () => void (await call('/duplicates', { method: 'DELETE' })),
    setFault: async (name, fault) => void (await call(`/faults/${name}`, { method: 'PUT', body: fault })),
    recordDelivery: async (history, delivery) =>
      void (await call(`/histories/${history}`, { method: 'POST', body: JSON.stringify(delivery) })),
    askedOf: async (history) => z.array(z.string()).parse(await call(`/histories/${history}`)),
  };
};
