import { githubSender } from '../../../local/senders/github-sender.js';
import { renameRepository } from '../../../local/senders/rename-repository.js';
import type { Sample } from '../../../local/senders/sender.js';
import type { Entity, PlannedDelivery } from './availability-plan.js';

/** What GitHub sends about an entity; every one of these belongs to the entity's conversation. */
const eventsAbout: Readonly<Record<Entity, readonly string[]>> = {
  issue: ['issues', 'issue_comment'],
  pull_request: ['pull_request', 'pull_request_review'],
};

/** An issue that moves to another repository belongs to two conversations. */
const samplesAbout = (entity: Entity): readonly Sample[] =>
  githubSender.samples().filter(({ event, action }) => eventsAbout[entity].includes(event) && action !== 'transferred');

const samples: Record<Entity, readonly Sample[]> = {
  issue: samplesAbout('issue'),
  pull_request: samplesAbout('pull_request'),
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** GitHub's published example, as if it were about that entity; its bytes are nobody else's. */
export const githubSample = (delivery: PlannedDelivery): Sample => {
  const { entity, entityNumber, repository, number } = delivery;
  const choice = samples[entity][delivery.example % samples[entity].length];
  const sample = choice && renameRepository(choice, repository);
  if (sample === undefined) throw new RangeError(`There is no example about ${entity}`);
  const payload: unknown = JSON.parse(sample.body.toString('utf8'));
  const about = isRecord(payload) ? payload[entity] : undefined;
  if (!isRecord(payload) || !isRecord(about)) throw new TypeError(`The example is not about ${entity}`);
  if ('number' in payload) payload['number'] = entityNumber;
  about['number'] = entityNumber;
  if (entity === 'issue') delete about['pull_request'];
  return { ...sample, body: Buffer.from(JSON.stringify({ ...payload, delivery_number: number })) };
};
