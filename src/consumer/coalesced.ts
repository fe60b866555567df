import { coalescedProperties } from '../coalescing/coalesced-properties.js';

/** What a message stands for: how many events, and the ids of the latest thousand of them, oldest first, its own at the end. */
export interface Coalesced {
  readonly count: number;
  readonly ids: readonly string[];
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Reads what the properties of a message of a bot with `coalesce` name; `undefined` for a message that stands for itself alone. */
export const coalesced = ({
  applicationProperties = {},
}: {
  readonly applicationProperties?: Readonly<Record<string, unknown>> | undefined;
}): Coalesced | undefined => {
  const count = Number(applicationProperties[coalescedProperties.count]);
  const ids = parse(String(applicationProperties[coalescedProperties.ids]));
  return Number.isInteger(count) && count > 0 && isTexts(ids) ? { count, ids } : undefined;
};
