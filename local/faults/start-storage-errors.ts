import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { ErrorAnswers } from './error-answers.js';
import type { ErrorStatus } from './fault.js';

/** https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes */
const errors: Readonly<Record<ErrorStatus, readonly [code: string, message: string]>> = {
  401: ['NoAuthenticationInformation', 'Server failed to authenticate the request.'],
  403: ['AuthorizationFailure', 'This request is not authorized to perform this operation.'],
  404: ['ContainerNotFound', 'The specified container does not exist.'],
  429: ['TooManyRequests', 'The request is throttled. Please retry your request.'],
  500: ['InternalError', 'Server encountered an internal error. Please try again after some time.'],
  503: ['ServerBusy', 'The server is currently unable to receive requests. Please retry your request.'],
};

const answer = (status: ErrorStatus, { headers }: IncomingMessage, response: ServerResponse): void => {
  const [code, message] = errors[status];
  const requestId = randomUUID();
  const text = `${message}\nRequestId:${requestId}\nTime:${new Date().toISOString()}`;
  const body = `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${text}</Message></Error>`;
  response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
    server: 'Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0',
    'x-ms-error-code': code,
    'x-ms-request-id': requestId,
    'x-ms-version': headers['x-ms-version'] ?? '2021-12-02',
  });
  response.end(body);
};

/** Answers in Blob Storage's stead: each request is read to its end, so that its connection can be used again. */
export const startStorageErrors = async (): Promise<ErrorAnswers & { readonly port: number }> => {
  let status: ErrorStatus = 503;
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    request.resume().once('end', () => answer(status, request, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    setErrorStatus: (wanted) => {
      status = wanted ?? status;
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
