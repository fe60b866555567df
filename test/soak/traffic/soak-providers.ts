import type { Sample } from '../../../local/senders/sender.js';
import type { SoakEvent } from '../plan/soak-plan.js';

/** Senders that sign, name and number their events in different ways. */
export const soakProviderNames = ['github', 'gitlab', 'stripe', 'slack'] as const;

export type SoakProviderName = (typeof soakProviderNames)[number];

interface SoakProvider {
  /** As the sender calls it. */
  readonly event: string;
  /** What stands before the delivery id in the event's. */
  readonly idPrefix: string;
  /** The members of the payload that say what it is about. */
  readonly members: (event: SoakEvent) => string;
}

const quoted = (value: string): string => JSON.stringify(value);

const providers: Readonly<Record<SoakProviderName, SoakProvider>> = {
  github: {
    event: 'pull_request',
    idPrefix: '',
    members: ({ lane, conversation }) =>
      `"action":"synchronize","pull_request":{"number":${conversation}},"repository":{"full_name":"octo-org/lane-${lane}"}`,
  },
  gitlab: {
    event: 'merge_request',
    idPrefix: '',
    members: ({ lane, conversation }) =>
      `"object_kind":"merge_request","project":{"path_with_namespace":"octo-org/lane-${lane}","web_url":"https://gitlab.example.com/octo-org/lane-${lane}"},"object_attributes":{"iid":${conversation},"action":"update"}`,
  },
  stripe: {
    event: 'invoice.paid',
    idPrefix: 'evt_',
    members: ({ id, lane, conversation }) =>
      `"id":${quoted(id)},"object":"event","type":"invoice.paid","data":{"object":{"id":"in_${lane}_${conversation}","object":"invoice"}}`,
  },
  slack: {
    event: 'app_mention',
    idPrefix: 'Ev-',
    members: ({ id, lane, conversation }) =>
      `"team_id":"T${lane}","type":"event_callback","event_id":${quoted(id)},"event":{"type":"app_mention","channel":"C${conversation}","ts":"1515449522.000016"}`,
  },
};

/** The id that the envelope gets for a delivery. */
export const eventIdOf = (provider: SoakProviderName, deliveryId: string): string =>
  `${providers[provider].idPrefix}${deliveryId}`;

/** Text that a parser would not give back as it was: escapes, other scripts, a pair of surrogates. */
const motif = 'caf\\u00e9 \\/ Grüße 語 \\ud83d\\ude00 ';
const motifBytes = Buffer.byteLength(motif);

/** The payload of an event: always the same bytes for the same event, and nobody else's. */
export const bodyOf = (event: SoakEvent): Buffer => {
  const filler = motif.repeat(Math.ceil(event.fillerBytes / motifBytes));
  return Buffer.from(
    `{ ${providers[event.provider].members(event)},\t"number" : ${event.number}, "big":820982911946154508, "exact":1.10,"filler":"${filler}"}\n`,
  );
};

/** The event as its provider's sender signs it. */
export const sampleOf = (event: SoakEvent): Sample => ({ event: providers[event.provider].event, body: bodyOf(event) });
