import { nearestNames } from './nearest-names.js';
import type { Sample } from './sender.js';

/** The sample that a name stands for, or why there is none. */
export type PickedSample =
  | { readonly kind: 'found'; readonly sample: Sample }
  | { readonly kind: 'unknown'; readonly nearest: readonly string[] }
  | { readonly kind: 'no-such-number'; readonly count: number };

/** `event` or `event.action`. */
export const sampleName = ({ event, action }: Sample): string => (action === undefined ? event : `${event}.${action}`);

/** Whether a name, with or without an action, stands for this sample. */
export const isNamed = (sample: Sample, name: string): boolean => sample.event === name || sampleName(sample) === name;

/** Picks by `event`, `event.action` or `event.action/2`: the second of the samples of that name, the first without a number. */
export const pickSample = (samples: readonly Sample[], selector: string): PickedSample => {
  const [, name = selector, number] = /^(.*?)(?:\/(\d+))?$/.exec(selector) ?? [];
  const named = samples.filter((sample) => isNamed(sample, name));
  const sample = named[Number(number ?? 1) - 1];
  if (sample !== undefined) return { kind: 'found', sample };
  if (named.length > 0) return { kind: 'no-such-number', count: named.length };
  const names = new Set(samples.flatMap((each) => [each.event, sampleName(each)]));
  return { kind: 'unknown', nearest: nearestNames(name, [...names]) };
};

/** Every name that `pickSample` understands, by event, with how many samples there are of each. */
export const listSamples = (samples: readonly Sample[]): ReadonlyMap<string, ReadonlyMap<string, number>> => {
  const events = new Map<string, Map<string, number>>();
  for (const sample of samples) {
    const actions = events.get(sample.event) ?? new Map<string, number>();
    const action = sample.action ?? '';
    events.set(sample.event, actions.set(action, (actions.get(action) ?? 0) + 1));
  }
  return events;
};
