import { aroundInvocations, type FunctionsCore, type InvocationContextOfWorker } from './functions-core.js';

const takeBody = ({ request }: InvocationContextOfWorker): Uint8Array | undefined => {
  for (const { data } of request.inputData ?? []) {
    const http = data?.http;
    const bytes = http?.body?.bytes;
    if (!http || !bytes) continue;
    http.body = null;
    return bytes;
  }
  return undefined;
};

/** In place of the stream that the library would have made: anybody who reads `body` chunk by chunk finds the same. */
const giveBody = (request: unknown, bytes: Uint8Array): void => {
  if (typeof request === 'object' && request !== null) Object.defineProperty(request, 'body', { value: [bytes] });
};

/**
 * Hands every function its body as the worker received it. The library copies a body twice on its way into a
 * `Request`, and the message keeps it until the invocation ends: of 25 MB there would be 75. Functions must read `body`, for
 * nothing else of their requests knows of it.
 */
export const leaveBodyUncopied = (core: FunctionsCore): void =>
  aroundInvocations(core, (context, proceed) => {
    const bytes = takeBody(context);
    const invocation = proceed();
    if (bytes === undefined) return invocation;
    const { getArguments } = invocation;
    invocation.getArguments = async () => {
      const given = await getArguments.call(invocation);
      giveBody(given.inputs[0], bytes);
      return given;
    };
    return invocation;
  });
