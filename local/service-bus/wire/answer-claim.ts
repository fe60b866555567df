import rhea from 'rhea';
import { unauthorized } from '../amqp/amqp-failure.js';
import type { FaultSwitch } from './fault-switch.js';
import type { AnswerRequest } from './request-links.js';

const accepted = 202;

/** Answers `put-token` on `$cbs`: every claim holds here, unless the stand-in was told to refuse them. */
export function claimAnswers(faults: FaultSwitch): AnswerRequest {
  return (_request, reply) => {
    if (faults.fault === 'unresponsive') return;
    const refused = faults.fault === 'unauthorized';
    reply({
      application_properties: {
        'status-code': rhea.types.wrap_int(refused ? unauthorized.status : accepted),
        'status-description': refused ? unauthorized.description : 'Accepted',
        ...(refused ? { 'error-condition': unauthorized.condition } : {}),
      },
    });
  };
}
