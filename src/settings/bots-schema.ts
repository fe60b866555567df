import * as z from 'zod/mini';
import { archiveBacklogQueue } from '../routing/event-queue.js';
import { eventPatternForm, repositoryPatternForm } from '../routing/match-bots.js';
import { nameForm } from '../text/text.js';

const isOnlyExclusions = (patterns: readonly string[]): boolean => patterns.every((pattern) => pattern.startsWith('!'));

const text = (form: RegExp, error: string) => z.string({ error }).check(z.regex(form, { error }));

const patterns = ({ form, example }: { form: RegExp; example: string }) =>
  z.array(text(form, `a pattern such as ${example}`), { error: `a list of patterns such as ${example}` }).check(
    z.minLength(1, { error: 'at least one pattern' }),
    z.refine((list) => list.length === 0 || !isOnlyExclusions(list), {
      error: 'at least one pattern without "!", for instance "*"; exclusions alone match nothing',
    }),
  );

const queueName =
  'a Service Bus queue name: letters, digits, ".", "-", "_", "/", ends included, at most 260 characters';

const seconds = (from: number, to: number) => {
  const error = `whole seconds from ${from} to ${to}`;
  return z.int({ error }).check(z.gte(from, { error }), z.lte(to, { error }));
};

const coalesceSchema = z.strictObject(
  {
    quietSeconds: seconds(1, 3_600).check(z.describe('How long nothing may come until the burst is over')),
    maxWaitSeconds: seconds(1, 86_400).check(z.describe('How long its first event waits at the most')),
  },
  { error: 'an object with quietSeconds and maxWaitSeconds' },
);

/** One subscriber in `bots.json`. */
export const botSchema = z
  .strictObject(
    {
      name: z
        .string({ error: 'a name: lower-case letters, digits, hyphens' })
        .check(
          z.regex(nameForm, { error: 'a name of 1 to 63 lower-case letters, digits and hyphens' }),
          z.describe('How logs, metrics and answers call this bot'),
        ),
      queue: text(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,258}[A-Za-z0-9])?$/, queueName).check(
        z.refine((queue) => queue.toLowerCase() !== archiveBacklogQueue, {
          error: `another name; ${archiveBacklogQueue} is kept for Breakwater itself`,
        }),
        z.describe('Its Service Bus queue'),
      ),
      events: patterns({
        form: eventPatternForm,
        example: '"github.issues", "github.*.opened" or "!github.issues.deleted"',
      }).check(
        z.describe('Event types it wants; a pattern matches the type and everything below it, "!" takes away and wins'),
      ),
      repositories: z
        .optional(patterns({ form: repositoryPatternForm, example: '"octo-org/*" or "!octo-org/sandbox"' }))
        .check(z.describe('Repositories it wants, as owner/name; all when absent')),
      ordered: z
        ._default(z.boolean({ error: 'true or false' }), false)
        .check(z.describe('Deliver the events of one conversation in order, by Service Bus sessions')),
      orderBy: z
        .optional(z.enum(['entity', 'repository', 'source'], { error: '"entity", "repository" or "source"' }))
        .check(z.describe('What an ordered bot is ordered by; "entity" (the conversation) when absent')),
      coalesce: z
        .optional(coalesceSchema)
        .check(z.describe('One message for a burst of a session, with the latest event; for ordered bots')),
    },
    { error: 'a bot: name, queue, events and, if wanted, repositories, ordered, orderBy, coalesce' },
  )
  .register(z.globalRegistry, {
    id: 'Bot',
    title: 'Bot',
    if: { anyOf: [{ required: ['orderBy'] }, { required: ['coalesce'] }] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { required: ['ordered'], properties: { ordered: { const: true } } },
  });

/** `bots.json` as people write it. */
export const botsFileSchema = z
  .strictObject(
    {
      $schema: z.optional(z.string({ error: 'the path of the JSON Schema' })).check(z.describe('For editors')),
      bots: z
        .array(botSchema, { error: 'a list of bots' })
        .check(z.meta({ description: 'Who gets which events; no two have the same name', uniqueItems: true })),
    },
    { error: 'an object with "bots", a list of bots' },
  )
  .register(z.globalRegistry, { title: 'BotsFile', description: 'Which bot gets which events, in which queue' });
