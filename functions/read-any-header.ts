import { aroundInvocations, type FunctionsCore, type HttpInput } from './functions-core.js';

const unreadable = /[\0\u0100-\uffff]/;
const beyondLatin1 = /[\u0100-\uffff]/;

/** The bytes that were sent, one character for each, as `fetch` and Node.js spell a header. */
const asSent = (value: string): string => {
  const text = value.replaceAll('\0', '\ufffd');
  return beyondLatin1.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
};

/** Nearly every request has nothing to respell, and is left as it is. */
const respell = (http: HttpInput): void => {
  const { nullableHeaders, headers } = http;
  if (nullableHeaders && Object.values(nullableHeaders).some(({ value }) => unreadable.test(value ?? ''))) {
    const values = Object.entries(nullableHeaders).map(([name, { value }]) => [name, { value: asSent(value ?? '') }]);
    http.nullableHeaders = Object.fromEntries(values);
  }
  if (headers && Object.values(headers).some((value) => unreadable.test(value))) {
    http.headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, asSent(value)]));
  }
};

/**
 * Lets requests with header text beyond Latin-1 reach their function. The host decodes headers as UTF-8, and the library makes a
 * `Request` of them, which throws for such text: without this, anybody could have a bare 500 before the handler is asked.
 */
export const readAnyHeader = (core: FunctionsCore): void =>
  aroundInvocations(core, (context, proceed) => {
    for (const { data } of context.request.inputData ?? []) if (data?.http) respell(data.http);
    return proceed();
  });
