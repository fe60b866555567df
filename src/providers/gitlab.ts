import { describeEvent, entity, eventName, joinSubject } from './describe-event.js';
import type { Description } from './provider.js';
import { type Delivery, type DeliveryHeaders, defineProvider, headerText } from './provider.js';
import { idAt, memberAt, numberAt, originOf, textAt, urlBelow, webUrl, wordAt } from './read-member.js';

const refPrefixes = [
  ['refs/heads/', 'branch'],
  ['refs/tags/', 'tag'],
] as const;

const refOf = (payload: unknown): string | undefined => {
  const ref = textAt(payload, 'ref') ?? textAt(payload, 'object_attributes', 'ref');
  if (ref === undefined) return undefined;
  const known = refPrefixes.find(([prefix]) => ref.startsWith(prefix));
  if (known !== undefined) return entity(known[1], ref.slice(known[0].length));
  const isTag = memberAt(payload, 'tag') === true || memberAt(payload, 'object_attributes', 'tag') === true;
  return entity(isTag ? 'tag' : 'branch', ref);
};

/** Beside an event's own attributes stands what it belongs to: the merge request of a pipeline, the issue of a note. */
const conversationBeside = (payload: unknown): string | undefined =>
  entity('merge_request', numberAt(payload, 'merge_request', 'iid')) ??
  entity('issue', numberAt(payload, 'issue', 'iid'));

const conversationKinds: ReadonlySet<string> = new Set(['merge_request', 'issue', 'work_item', 'milestone']);

const ownConversation = (event: string, payload: unknown): string | undefined =>
  conversationKinds.has(event) ? entity(event, numberAt(payload, 'object_attributes', 'iid')) : undefined;

/** What the events of a project are ordered by: a merge request or issue, else a branch or tag. */
const gitlabConversation = (event: string, payload: unknown): string | undefined =>
  conversationBeside(payload) ??
  ownConversation(event, payload) ??
  (event === 'release' ? entity('tag', textAt(payload, 'tag')) : refOf(payload));

/** What an event is about: its conversation, else the thing of its own kind. */
const gitlabEntity = (event: string, payload: unknown): string | undefined =>
  gitlabConversation(event, payload) ??
  entity('commit', textAt(payload, 'commit', 'id')) ??
  entity(event, idAt(payload, 'deployment_id') ?? idAt(payload, 'object_attributes', 'id') ?? idAt(payload, 'id'));

const projectPath = /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)+$/;

/** Job events of older versions name their project by its address alone. */
const homepageOf = (payload: unknown): string | undefined =>
  webUrl(textAt(payload, 'project', 'web_url')) ?? webUrl(textAt(payload, 'repository', 'homepage'));

const repositoryOf = (payload: unknown): string | undefined => {
  const path = textAt(payload, 'project', 'path_with_namespace') ?? textAt(payload, 'path_with_namespace');
  const homepage = homepageOf(payload);
  const name = path ?? (homepage === undefined ? '' : new URL(homepage).pathname.slice(1));
  return projectPath.test(name) ? name : undefined;
};

const sourceOf = (headers: DeliveryHeaders, payload: unknown, repository: string | undefined): string => {
  const project = homepageOf(payload);
  if (project !== undefined) return project;
  const instance = originOf(headers.get('x-gitlab-instance') ?? undefined) ?? 'https://gitlab.com';
  return urlBelow(instance, ...(repository?.split('/') ?? []));
};

/** `Push Hook` is `push`: the header says it where the payload does not. */
const headerEvent = (headers: DeliveryHeaders): string | undefined =>
  headers
    .get('x-gitlab-event')
    ?.toLowerCase()
    .replace(/ hook$/, '')
    .replaceAll(' ', '_');

const confidentialPrefix = 'confidential_';

/**
 * What only some may read has a type of its own, so that a bot that posts to a public channel does not get it: the body says so,
 * and for bodies of older versions, which do not, the header.
 */
const isConfidential = (headers: DeliveryHeaders, payload: unknown): boolean => {
  const type = textAt(payload, 'event_type');
  const says = ['object_attributes', 'issue', 'work_item', 'note'].some((name) =>
    ['confidential', 'internal'].some((word) => memberAt(payload, name, word) === true),
  );
  if (says) return true;
  return (type ?? eventName(headerEvent(headers)))?.startsWith(confidentialPrefix) ?? false;
};

/** Three names of one id, of which the first is signed where there is a signature. */
const deliveryIdOf = (headers: DeliveryHeaders): string | null =>
  headerText(headers, 'webhook-id') ??
  headerText(headers, 'idempotency-key') ??
  headerText(headers, 'x-gitlab-event-uuid');

const describe = ({ headers }: Delivery, payload: unknown): Description => {
  const event = textAt(payload, 'object_kind') ?? textAt(payload, 'event_name') ?? eventName(headerEvent(headers));
  const repository = repositoryOf(payload);
  const about = gitlabEntity(event ?? 'unknown', payload);
  const conversation = repository && joinSubject(repository, gitlabConversation(event ?? '', payload));
  const isOpen = event === undefined || event.startsWith(confidentialPrefix) || !isConfidential(headers, payload);
  return describeEvent({
    event: isOpen ? event : `${confidentialPrefix}${event}`,
    action: wordAt(payload, 'object_attributes', 'action') ?? wordAt(payload, 'action'),
    deliveryId: deliveryIdOf(headers),
    source: sourceOf(headers, payload, repository),
    subject: joinSubject(repository, about),
    repository,
    conversation,
  });
};

/**
 * GitLab: project, group and system hooks (https://docs.gitlab.com/user/project/integrations/webhooks/). A secret of the form
 * `whsec_…` is a signing token (https://gitlab.com/gitlab-org/gitlab/-/merge_requests/231325), and then nothing but its
 * signature counts; any other is the token of `X-Gitlab-Token`.
 */
export const gitlab = defineProvider({
  name: 'gitlab',
  signing: [
    {
      kind: 'hmac',
      algorithm: 'sha256',
      header: 'webhook-signature',
      prefix: 'v1,',
      list: 'space',
      encoding: 'base64',
      key: 'whsec',
      signedBytes: '{id}.{timestamp}.{body}',
      idHeader: 'webhook-id',
      timestamp: { header: 'webhook-timestamp', format: 'seconds', toleranceSeconds: 300 },
    },
    { kind: 'token', header: 'X-Gitlab-Token' },
  ],
  contentTypes: ['application/json'],
  replyBudgetMs: 9000,
  acceptedStatus: 200,
  afterFailure:
    'Sends again; after four failures in a row it pauses the hook for a minute, doubling up to a day, and after forty for good.',
  describe,
});
