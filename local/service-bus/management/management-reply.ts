import rhea from 'rhea';
import type { AmqpFailure } from '../amqp/amqp-failure.js';
import type { Reply } from '../wire/request-links.js';

/** What a management operation answers. */
export type ManagementResult =
  | { readonly kind: 'done'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'failed'; readonly failure: AmqpFailure };

export function done(body: Readonly<Record<string, unknown>> = {}): ManagementResult {
  return { kind: 'done', body };
}

export function failed(failure: AmqpFailure): ManagementResult {
  return { kind: 'failed', failure };
}

/** The result as a message: status 200, 204 for an empty answer, or the failure's. */
export function managementReply(result: ManagementResult): Reply {
  switch (result.kind) {
    case 'done':
      return { application_properties: status(200, 'OK'), body: result.body };
    case 'nothing':
      return { application_properties: status(204, 'No Content') };
    case 'failed':
      return {
        application_properties: {
          ...status(result.failure.status, result.failure.description),
          errorCondition: rhea.types.wrap_symbol(result.failure.condition),
          'error-condition': rhea.types.wrap_symbol(result.failure.condition),
        },
      };
  }
}

function status(code: number, description: string): Readonly<Record<string, unknown>> {
  return { statusCode: rhea.types.wrap_int(code), statusDescription: description };
}
