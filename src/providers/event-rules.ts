import { describeEvent } from './describe-event.js';
import type { Description } from './provider.js';
import { type Delivery, headerText } from './provider.js';
import { textAtPointer } from './read-member.js';

/** Where a fact stands: in a header, or in the payload at a JSON Pointer (RFC 6901). */
export type FactPlace = { readonly header: string } | { readonly pointer: string };

/** One place, or several of which the first that holds something counts. */
export type FactPlaces = FactPlace | readonly FactPlace[];

/** Where a sender says what happened, for senders that data describes. Facts without a rule follow the general rule. */
export interface EventRules {
  readonly event: FactPlaces;
  readonly action?: FactPlaces | undefined;
  readonly deliveryId?: FactPlaces | undefined;
  /** A URI, the same for all its events; absent: `urn:webhook:{name}`. */
  readonly source?: string | undefined;
  readonly subject?: FactPlaces | undefined;
  readonly repository?: FactPlaces | undefined;
  /** What an ordered bot orders its events by; absent: the subject. */
  readonly sessionKey?: FactPlaces | undefined;
}

const isSingle = (places: FactPlaces): places is FactPlace => !Array.isArray(places);

/** The headers that rules read. */
export const headersOf = ({ source: _, ...places }: EventRules): readonly string[] =>
  Object.values(places)
    .flatMap((each) => each ?? [])
    .flatMap((place) => ('header' in place ? [place.header] : []));

const factAt = (place: FactPlace, { headers }: Delivery, payload: unknown): string | undefined =>
  'header' in place
    ? textAtPointer({ text: headerText(headers, place.header) }, '/text')
    : textAtPointer(payload, place.pointer);

/** The description that rules give of a delivery. An event that is named by headers alone must have one of them. */
export const describeByRules =
  (name: string, rules: EventRules) =>
  (delivery: Delivery, payload: unknown): Description => {
    const read = (places: FactPlaces | undefined): string | undefined => {
      if (places === undefined) return undefined;
      const all = isSingle(places) ? [places] : places;
      return all.map((place) => factAt(place, delivery, payload)).find((fact) => fact !== undefined);
    };
    const event = read(rules.event);
    if (event === undefined && isSingle(rules.event) && 'header' in rules.event) {
      return { kind: 'missing-header', header: rules.event.header };
    }
    return describeEvent({
      event,
      action: read(rules.action),
      deliveryId: read(rules.deliveryId),
      source: rules.source ?? `urn:webhook:${name}`,
      subject: read(rules.subject),
      repository: read(rules.repository),
      conversation: read(rules.sessionKey),
    });
  };
