import { describeEvent, entity, joinSubject } from './describe-event.js';
import type { Delivery, Description } from './provider.js';
import { defineProvider } from './provider.js';
import { idAt, itemsAt, memberAt, numberAt, textAt, urlBelow, webUrl } from './read-member.js';

const branchPrefix = 'refs/heads/';
const tagPrefix = 'refs/tags/';

const pushedRef = (resource: unknown): string | undefined => {
  const name = textAt(itemsAt(resource, 'refUpdates')[0], 'name');
  if (name?.startsWith(branchPrefix)) return entity('branch', name.slice(branchPrefix.length));
  return name?.startsWith(tagPrefix) ? entity('tag', name.slice(tagPrefix.length)) : undefined;
};

/** A change of a work item has a number of its own; a subscription's test says the work item's in the revision alone. */
const changedItem = (resource: unknown): string | undefined =>
  idAt(resource, 'revision', 'id') ?? idAt(resource, 'workItemId');

/** `workitem.updated` is about a work item: the event's first word says what the resource's id is the id of. */
const entityOf = (event: string | undefined, resource: unknown): string | undefined =>
  entity('pull_request', numberAt(resource, 'pullRequestId') ?? numberAt(resource, 'pullRequest', 'pullRequestId')) ??
  pushedRef(resource) ??
  entity('changeset', numberAt(resource, 'changesetId')) ??
  entity(event?.split('.')[0] ?? 'resource', changedItem(resource) ?? idAt(resource, 'id'));

const projectOf = (payload: unknown): string | undefined => {
  const resource = memberAt(payload, 'resource');
  return (
    textAt(resource, 'repository', 'project', 'name') ??
    textAt(resource, 'pullRequest', 'repository', 'project', 'name') ??
    textAt(resource, 'project', 'name') ??
    textAt(resource, 'fields', 'System.TeamProject') ??
    textAt(resource, 'revision', 'fields', 'System.TeamProject') ??
    textAt(payload, 'resourceContainers', 'project', 'id')
  );
};

const sourceOf = (payload: unknown): string => {
  const containers = memberAt(payload, 'resourceContainers');
  const base =
    webUrl(textAt(containers, 'project', 'baseUrl')) ??
    webUrl(textAt(containers, 'account', 'baseUrl')) ??
    webUrl(textAt(containers, 'collection', 'baseUrl'));
  const origin = base?.replace(/\/+$/, '') ?? 'https://dev.azure.com';
  return urlBelow(origin, textAt(containers, 'project', 'id'));
};

/** `project/repository`; names may hold spaces, and then stand as they are. */
const repositoryOf = (project: string | undefined, resource: unknown): string | undefined => {
  const repository = textAt(resource, 'repository', 'name') ?? textAt(resource, 'pullRequest', 'repository', 'name');
  return project === undefined || repository === undefined ? undefined : `${project}/${repository}`;
};

const describe = (_delivery: Delivery, payload: unknown): Description => {
  const event = textAt(payload, 'eventType');
  const resource = memberAt(payload, 'resource');
  const project = projectOf(payload);
  const repository = repositoryOf(project, resource);
  const notification = joinSubject(textAt(payload, 'subscriptionId'), idAt(payload, 'notificationId'));
  return describeEvent({
    event,
    deliveryId: textAt(payload, 'id') ?? notification,
    source: sourceOf(payload),
    subject: joinSubject(repository ?? project, entityOf(event, resource)),
    repository,
    place: project,
  });
};

/**
 * Azure DevOps service hooks (https://learn.microsoft.com/azure/devops/service-hooks/events). They are not signed: user and
 * password of the subscription are the proof, as `user:password` in the secret.
 */
export const azureDevops = defineProvider({
  name: 'azure-devops',
  signing: [{ kind: 'basic' }],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 202,
  afterFailure: 'Sends again some times; after too many failures the subscription is restricted, then disabled.',
  describe,
});
