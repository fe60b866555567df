import { HttpRequest } from '@azure/functions';
import { describe, expect, it } from 'vitest';
import type { FunctionsCore, InvocationContextOfWorker } from '../../../functions/functions-core.js';
import { leaveBodyUncopied } from '../../../functions/uncopied-body.js';
import { readBody } from '../../../src/http/arriving-body.js';

const url = 'http://localhost/api/webhooks/github';
const largest = 26_214_400;

/** A worker whose model makes a request of the message, as the library does: when the arguments are asked for. */
const workerOf = () => {
  let model: unknown = {
    getInvocationModel: ({ request }: InvocationContextOfWorker) => ({
      async getArguments() {
        const { body } = request.inputData?.[0]?.data?.http ?? {};
        return {
          context: {},
          inputs: [new HttpRequest({ method: 'POST', url, ...(body?.bytes && { body: { bytes: body.bytes } }) })],
        };
      },
    }),
  };
  const core: FunctionsCore = {
    getProgrammingModel: () => Object(model),
    setProgrammingModel: (next) => {
      model = next;
    },
  };
  return { core, model: () => Object(model) };
};

const contextWith = (bytes: Uint8Array | undefined): InvocationContextOfWorker => ({
  request: { inputData: [{ data: { http: { body: bytes === undefined ? null : { bytes } } } }] },
});

const requestOf = async (context: InvocationContextOfWorker): Promise<HttpRequest> => {
  const { core, model } = workerOf();
  leaveBodyUncopied(core);
  const { inputs } = await model().getInvocationModel(context).getArguments();
  return inputs[0];
};

describe('the body of a request', () => {
  it('is the worker’s own memory, not a copy of it', async () => {
    const bytes = Buffer.from('{"zen":"Design for failure."}');

    const reading = await readBody(await requestOf(contextWith(bytes)), largest);

    expect(reading).toMatchObject({ kind: 'read' });
    bytes.fill('x');
    expect(reading.kind === 'read' && reading.body.equals(bytes)).toBe(true);
  });

  it('is in the message no longer', async () => {
    const context = contextWith(Buffer.from('{}'));

    await requestOf(context);

    expect(context.request.inputData?.[0]?.data?.http?.body).toBeNull();
  });

  it('is still measured: what is too large is refused', async () => {
    const request = await requestOf(contextWith(Buffer.alloc(11)));

    expect(await readBody(request, 10)).toEqual({ kind: 'too-large' });
  });

  it('may be missing', async () => {
    const reading = await readBody(await requestOf(contextWith(undefined)), largest);

    expect(reading).toEqual({ kind: 'read', body: Buffer.alloc(0) });
  });
});
