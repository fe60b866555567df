import * as z from 'zod';
import { archiveBacklogQueue } from '../archive/archive-backlog.js';
import { eventPatternForm } from '../routing/event-pattern.js';
import { repositoryPatternForm } from '../routing/repository-pattern.js';

const isOnlyExclusions = (patterns: readonly string[]): boolean => patterns.every((pattern) => pattern.startsWith('!'));

const patterns = ({ pattern, example }: { pattern: RegExp; example: string }) =>
  z
    .array(
      z.string({ error: `a pattern such as ${example}` }).regex(pattern, { error: `a pattern such as ${example}` }),
      {
        error: `a list of patterns such as ${example}`,
      },
    )
    .min(1, { error: 'at least one pattern' })
    .refine((list) => list.length === 0 || !isOnlyExclusions(list), {
      error: 'at least one pattern without "!", for instance "*"; exclusions alone match nothing',
    });

const queueName =
  'a Service Bus queue name: letters, digits, ".", "-", "_", "/", ends included, at most 260 characters';

/** One subscriber in `bots.json`. */
export const botSchema = z
  .strictObject(
    {
      name: z
        .string({ error: 'a name: lower-case letters, digits, hyphens' })
        .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, { error: 'a name of 1 to 63 lower-case letters, digits and hyphens' })
        .describe('How logs, metrics and answers call this bot'),
      queue: z
        .string({ error: queueName })
        .regex(/^[A-Za-z0-9]([A-Za-z0-9._/-]{0,258}[A-Za-z0-9])?$/, { error: queueName })
        .refine((queue) => queue.toLowerCase() !== archiveBacklogQueue, {
          error: `another name; ${archiveBacklogQueue} is kept for Breakwater itself`,
        })
        .describe('Its Service Bus queue'),
      events: patterns({
        pattern: eventPatternForm,
        example: '"github.issues", "github.*.opened" or "!github.issues.deleted"',
      }).describe('Event types it wants; a pattern matches the type and everything below it, "!" takes away and wins'),
      repositories: patterns({ pattern: repositoryPatternForm, example: '"octo-org/*" or "!octo-org/sandbox"' })
        .optional()
        .describe('Repositories it wants, as owner/name; all when absent'),
      ordered: z
        .boolean({ error: 'true or false' })
        .default(false)
        .describe('Deliver the events of one conversation in order, by Service Bus sessions'),
      orderBy: z
        .enum(['entity', 'repository', 'source'], { error: '"entity", "repository" or "source"' })
        .optional()
        .describe('What an ordered bot is ordered by; "entity" (the conversation) when absent'),
    },
    { error: 'a bot: name, queue, events and, if wanted, repositories, ordered, orderBy' },
  )
  .meta({
    id: 'Bot',
    if: { required: ['orderBy'] },
    // biome-ignore lint/suspicious/noThenProperty: the keyword of JSON Schema
    then: { required: ['ordered'], properties: { ordered: { const: true } } },
  });

/** `bots.json` as people write it. */
export const botsFileSchema = z
  .strictObject(
    {
      $schema: z.string({ error: 'the path of the JSON Schema' }).optional().describe('For editors'),
      bots: z.array(botSchema, { error: 'a list of bots' }).describe('Who gets which events'),
    },
    { error: 'an object with "bots", a list of bots' },
  )
  .meta({ title: 'Breakwater bots', description: 'Which bot gets which events, in which queue' });
