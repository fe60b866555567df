import * as z from 'zod';
import { createGuardedHttp, type HttpResult } from '../../src/guarded-http/index.js';
import { parsedBy, type Service } from './service.js';

const answerSchema = z.object({ code: z.literal(0), data: z.object({ answer: z.string(), session_id: z.string() }) });

export interface Answer {
  readonly text: string;
  readonly sessionId: string;
}

export interface Ragflow extends Service {
  ask(question: string, sessionId?: string): Promise<HttpResult<Answer>>;
  /** The answer as it grows: each text is the whole so far. Throws when the stream breaks off. */
  askStream(question: string, sessionId?: string): Promise<HttpResult<AsyncIterable<string>>>;
}

/** Server-sent events: the texts after `data:`. */
async function* eventsOf(body: AsyncIterable<Uint8Array>): AsyncIterable<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const lines = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data:')) yield JSON.parse(line.slice(5));
  }
}

async function* textsOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  for await (const event of eventsOf(body)) {
    // The last event of a chat is {"code":0,"data":true}.
    const parsed = answerSchema.safeParse(event).data;
    if (parsed !== undefined) yield parsed.data.answer;
  }
}

/** A RAGFlow assistant (HTTP API, "Converse with chat assistant"). */
export const createRagflow = (options: {
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  readonly chatId: string;
}): Ragflow => {
  const { apiKey, chatId } = options;
  const http = createGuardedHttp({
    name: 'ragflow',
    baseUrl: options.baseUrl,
    endpoints: { chat: { timeoutMs: 60_000 }, stream: { timeoutMs: 15_000 } },
    headers: () => (apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` }),
  });
  const path = `api/v1/chats/${encodeURIComponent(chatId)}/completions`;
  const bodyOf = (question: string, sessionId: string | undefined, stream: boolean) => ({
    question,
    stream,
    ...(sessionId !== undefined && { session_id: sessionId }),
  });
  return {
    name: 'ragflow',
    health: http.health,
    ask: async (question, sessionId) => {
      const json = bodyOf(question, sessionId, false);
      const answer = await http.request('chat', { path, method: 'POST', json });
      const parsed = parsedBy(answerSchema, answer, { client: 'ragflow', endpoint: 'chat' });
      if (!parsed.ok) return parsed;
      const { answer: text, session_id } = parsed.value.data;
      return { ok: true, value: { text, sessionId: session_id } };
    },
    askStream: async (question, sessionId) => {
      const json = bodyOf(question, sessionId, true);
      const opened = await http.open('stream', { path, method: 'POST', json });
      if (!opened.ok) return opened;
      return { ok: true, value: textsOf(opened.value.body ?? new ReadableStream()) };
    },
  };
};
