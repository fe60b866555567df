import rhea from 'rhea';
import { type MessageContent, parseMessage } from '../../../../local/service-bus/amqp/message-content.js';
import { BrokerQueue, type Delivery, type QueueRules } from '../../../../local/service-bus/broker/broker-queue.js';
import { lockTokens } from '../../../../local/service-bus/broker/lock-tokens.js';
import type { MessageLock } from '../../../../local/service-bus/broker/message-lock.js';
import type { QueueRecord } from '../../../../local/service-bus/broker/queue-record.js';
import { QueueState } from '../../../../local/service-bus/broker/queue-state.js';
import { ManualClock } from '../../../support/manual-clock.js';

/** One encoded message with `text` as its body, parsed as the broker does. */
export function messageOf(text: string, properties: Readonly<Record<string, unknown>> = {}): MessageContent {
  return parseMessage(encode(text, properties));
}

export function encode(text: string, properties: Readonly<Record<string, unknown>> = {}): Buffer {
  return rhea.message.encode({ ...properties, body: rhea.message.data_section(Buffer.from(text)) });
}

/** The body's text of what a receiver was given. */
export function textOf(delivery: Delivery | undefined): string | undefined {
  return delivery && bodyOf(delivery.message.content);
}

export function bodyOf({ raw }: MessageContent): string {
  return String(rhea.message.decode(raw)['body'].content);
}

export function lockOf(delivery: Delivery | undefined): MessageLock {
  if (delivery?.lock === undefined) throw new Error('Nothing was locked');
  return delivery.lock;
}

export const complete = { kind: 'complete' } as const;
export const abandon = { kind: 'abandon', count: true, changes: {} } as const;

const rules: QueueRules = {
  requiresSession: false,
  requiresDuplicateDetection: false,
  lockDurationMs: 60_000,
  maxDeliveryCount: 3,
};

/** A queue with its dead letters on a manual clock; `records` is what it journaled. */
export function queueUnderTest(changes: Partial<QueueRules> = {}, state = new QueueState(30_000)) {
  const clock = new ManualClock();
  const records: QueueRecord[] = [];
  const shared = {
    nowMs: () => clock.epochMs(),
    startTimer: (delayMs: number, onElapsed: () => void) => clock.startTimer(delayMs, onElapsed),
    newLockToken: lockTokens(Buffer.alloc(8)),
  };
  const deadLetters = new BrokerQueue({
    ...shared,
    state: new QueueState(0),
    journal: { append: () => {} },
    rules: { ...rules, maxDeliveryCount: Number.POSITIVE_INFINITY },
  });
  const journal = { append: (record: QueueRecord) => void records.push(record) };
  const queue = new BrokerQueue({ ...shared, state, journal, deadLetters, rules: { ...rules, ...changes } });
  return { queue, deadLetters, clock, records };
}
