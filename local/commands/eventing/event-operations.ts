import * as z from 'zod';
import { parseJson } from '../../../src/text/text.js';
import { askHost } from '../terminal/ask-host.js';
import { CommandError } from '../terminal/command-error.js';

/** A host, and what its operators show. */
export interface EventOperations {
  readonly hostUrl: string;
  readonly adminToken: string;
  readonly functionKey: string | undefined;
}

interface Command {
  readonly method: 'GET' | 'POST';
  /** Below `/api`. */
  readonly path: string;
  readonly body?: Readonly<Record<string, unknown>>;
}

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
});

const refusal = (status: number, text: string): CommandError => {
  const problem = problemSchema.safeParse(parseJson(text)).data;
  if (problem === undefined) return new CommandError(`The host answered ${status}`, text.slice(0, 200));
  const errors = (problem.errors ?? []).map(({ field, detail }) => `${field}: ${detail}`);
  return new CommandError(`The host answered ${status} ${problem.code}`, problem.detail, ...errors);
};

/** Carries out one operation on events. Throws `CommandError` with what the host said against it. */
export const callEvents = async <T>(
  { hostUrl, adminToken, functionKey }: EventOperations,
  { method, path, body }: Command,
  schema: z.ZodType<T>,
): Promise<T> => {
  const { status, text } = await askHost(hostUrl, `/api/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${adminToken}`,
      ...(functionKey !== undefined && { 'x-functions-key': functionKey }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (status !== 200) throw refusal(status, text);
  const answer = schema.safeParse(parseJson(text));
  if (answer.success) return answer.data;
  throw new CommandError(`The server at ${hostUrl} is not this version of Breakwater`, text.slice(0, 200));
};
