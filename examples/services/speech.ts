import * as z from 'zod';
import { createGuardedHttp, type GuardedHttp, type HttpResult } from '../../src/guarded-http/index.js';
import { parsedBy, type Service } from './service.js';
import { inTiers, type Tiered } from './tiers.js';

type Endpoint = 'speech' | 'transcriptions';

/** A provider that speaks OpenAI's audio interface, as most do. */
export interface SpeechProvider {
  readonly name: string;
  readonly baseUrl: string | undefined;
  readonly apiKey: string | undefined;
  readonly voice: string;
}

const transcriptSchema = z.object({ text: z.string() });

const clientOf = ({ name, baseUrl, apiKey }: SpeechProvider): GuardedHttp<Endpoint> =>
  createGuardedHttp<Endpoint>({
    name,
    baseUrl,
    endpoints: { speech: { timeoutMs: 20_000 }, transcriptions: { timeoutMs: 30_000 } },
    headers: () => (apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` }),
  });

export interface Speech {
  readonly services: readonly Service[];
  /** Audio for a text, from the first provider that can. */
  speak(text: string): Promise<HttpResult<Tiered<Uint8Array>>>;
  /** The text of an audio file, likewise. */
  transcribe(audio: Blob): Promise<HttpResult<Tiered<string>>>;
}

const encodeForm = async (audio: Blob): Promise<{ readonly type: string; readonly body: Uint8Array<ArrayBuffer> }> => {
  const form = new FormData();
  form.set('file', audio, 'audio.wav');
  const encoded = new Response(form);
  return { type: encoded.headers.get('content-type') ?? '', body: new Uint8Array(await encoded.arrayBuffer()) };
};

/** Speech by several providers, each behind breakers of its own: the next one is asked when one cannot. */
export const createSpeech = (providers: readonly SpeechProvider[]): Speech => {
  const clients = providers.map((provider) => ({ ...provider, http: clientOf(provider) }));
  return {
    services: clients.map(({ http }) => http),
    speak: (input) =>
      inTiers(
        clients.map(({ name, voice, http }) => ({
          name,
          ask: async () => {
            const json = { input, voice, model: 'tts' };
            const answer = await http.request('speech', {
              path: 'audio/speech',
              method: 'POST',
              json,
              repeatable: true,
            });
            return answer.ok ? { ok: true, value: answer.value.bytes } : answer;
          },
        })),
      ),
    transcribe: async (audio) => {
      const { type, body } = await encodeForm(audio);
      return inTiers(
        clients.map(({ name, http }) => ({
          name,
          ask: async () => {
            const request = {
              path: 'audio/transcriptions',
              method: 'POST' as const,
              headers: { 'content-type': type },
              body,
            };
            const answer = await http.request('transcriptions', { ...request, repeatable: true });
            const parsed = parsedBy(transcriptSchema, answer, { client: name, endpoint: 'transcriptions' });
            return parsed.ok ? { ok: true, value: parsed.value.text } : parsed;
          },
        })),
      );
    },
  };
};
