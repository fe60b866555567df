import * as z from 'zod';
import { createGuardedHttp, type HttpResult } from '../../src/guarded-http/index.js';
import { parsedBy, type Service } from './service.js';

const completionSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  citations: z.array(z.string()).default([]),
});

export interface Found {
  readonly text: string;
  readonly citations: readonly string[];
}

export interface Perplexity extends Service {
  query(question: string): Promise<HttpResult<Found>>;
}

/** A question to Perplexity's chat completions. Without a key everything answers `not-configured`, and so says its health. */
export const createPerplexity = ({
  apiKey,
  baseUrl = 'https://api.perplexity.ai',
}: {
  readonly apiKey: string | undefined;
  readonly baseUrl?: string;
}): Perplexity => {
  const http = createGuardedHttp({
    name: 'perplexity',
    baseUrl: apiKey === undefined ? undefined : baseUrl,
    endpoints: { chat: { timeoutMs: 30_000 } },
    headers: () => ({ authorization: `Bearer ${apiKey}` }),
  });
  return {
    name: 'perplexity',
    health: http.health,
    query: async (question) => {
      const json = { model: 'sonar', messages: [{ role: 'user', content: question }] };
      // A question asked twice costs twice, and does no other harm.
      const answer = await http.request('chat', { path: 'chat/completions', method: 'POST', json, repeatable: true });
      const parsed = parsedBy(completionSchema, answer, { client: 'perplexity', endpoint: 'chat' });
      if (!parsed.ok) return parsed;
      const { choices, citations } = parsed.value;
      return { ok: true, value: { text: choices[0]?.message.content ?? '', citations } };
    },
  };
};
