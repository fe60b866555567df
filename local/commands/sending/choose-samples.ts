import { readFile } from 'node:fs/promises';
import { nearestNames } from '../../senders/nearest-names.js';
import { isNamed, pickSample, sampleName } from '../../senders/pick-sample.js';
import { renameRepository } from '../../senders/rename-repository.js';
import type { Sample, Sender } from '../../senders/sender.js';
import { CommandError } from '../terminal/command-error.js';

/** A sample and what to call it: `issues.opened/2` is the second of its name. */
export interface LabelledSample {
  readonly label: string;
  readonly sample: Sample;
}

/** What the user asked to be sent. */
export interface SampleChoice {
  readonly selector: string | undefined;
  readonly all: boolean;
  readonly file: string | undefined;
  readonly event: string | undefined;
  readonly repository: string | undefined;
}

const listHint = 'npm run send -- github --list shows every event';

const meant = (nearest: readonly string[]): readonly string[] =>
  nearest.length > 0 ? [`Did you mean ${nearest.join(', ')}?`] : [];

/** The sender that plays `provider`, of those that are known. */
export const findSender = (provider: string | undefined, senders: readonly Sender[]): Sender => {
  const names = senders.map((sender) => sender.provider);
  const found = senders.find((sender) => sender.provider === provider);
  if (found !== undefined) return found;
  if (provider === undefined)
    throw new CommandError('Say who sends and what', 'For example: npm run send -- github pull_request.opened');
  const near = meant(nearestNames(provider, names));
  throw new CommandError(`There is no sender "${provider}"`, ...near, `Known: ${names.join(', ')}`);
};

const labelled = (samples: readonly Sample[]): readonly LabelledSample[] => {
  const seen = new Map<string, number>();
  return samples.map((sample) => {
    const name = sampleName(sample);
    const number = (seen.get(name) ?? 0) + 1;
    seen.set(name, number);
    return { label: number === 1 ? name : `${name}/${number}`, sample };
  });
};

const picked = (sender: Sender, selector: string | undefined): LabelledSample => {
  if (selector === undefined) throw new CommandError('Say which event to send, or --all', listHint);
  const found = pickSample(sender.samples(), selector);
  switch (found.kind) {
    case 'found':
      return { label: selector, sample: found.sample };
    case 'no-such-number':
      throw new CommandError(`"${selector}": there are ${found.count} samples of that name, numbered from 1`);
    case 'unknown':
      throw new CommandError(`There is no sample of "${selector}"`, ...meant(found.nearest), listHint);
  }
};

const allOf = (sender: Sender, selector: string | undefined): readonly LabelledSample[] => {
  const every = labelled(sender.samples());
  if (selector === undefined) return every;
  const named = every.filter(({ sample }) => isNamed(sample, selector));
  return named.length > 0 ? named : [picked(sender, selector)];
};

const fromFile = async (path: string, event: string | undefined): Promise<LabelledSample> => {
  if (event === undefined) throw new CommandError(`Say which event ${path} is`, 'For example: --event pull_request');
  try {
    return { label: event, sample: { event, body: await readFile(path) } };
  } catch (fault) {
    throw new CommandError(`${path} cannot be read: ${fault instanceof Error ? fault.message : String(fault)}`);
  }
};

const renamed = (each: LabelledSample, repository: string): LabelledSample => {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository))
    throw new CommandError(`--repository "${repository}" is not of the form owner/name`);
  const sample = renameRepository(each.sample, repository);
  return sample === undefined ? each : { ...each, sample };
};

/** What is to be sent, in order. Throws `CommandError` when the choice names nothing. */
export const chooseSamples = async (sender: Sender, choice: SampleChoice): Promise<readonly LabelledSample[]> => {
  const { file, all, event, repository } = choice;
  const selector = choice.selector ?? event;
  if (file !== undefined) return [await fromFile(file, event ?? choice.selector?.split('.')[0])];
  const chosen = all ? allOf(sender, selector) : [picked(sender, selector)];
  return repository === undefined ? chosen : chosen.map((each) => renamed(each, repository));
};
