import { nearestNames } from '../../senders/nearest-names.js';
import type { Sample } from '../../senders/sender.js';
import { CommandError } from '../terminal/command-error.js';

interface Edit {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** A value that is JSON is that; anything else is text: `7`, `true`, `null`, `{"a":1}`, `"7"`, but also `Fix the bug`. */
const readValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const readEdit = (text: string): Edit => {
  const at = text.indexOf('=');
  const path = text
    .slice(0, at)
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.');
  if (at > 0 && path.every((part) => part !== '')) return { path, value: readValue(text.slice(at + 1)) };
  throw new CommandError(
    `--set "${text}" is not of the form path=value`,
    'For example: --set pull_request.title=Hello',
  );
};

type Container = Record<string, unknown> | unknown[];

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

const unknownField = (name: string, path: string, container: Container): CommandError => {
  const near = Array.isArray(container) ? [] : nearestNames(name, Object.keys(container));
  return new CommandError(
    `--set ${path}: the sample has no "${name}" there`,
    near.length > 0 ? `Did you mean ${near.join(', ')}?` : `It has ${Object.keys(container).slice(0, 12).join(', ')}`,
  );
};

/** Changes what is there; a last name may be new, unless it looks like a slip of one that is there. */
const apply = (target: unknown, { path, value }: Edit): void => {
  let container = target;
  for (const [index, name] of path.entries()) {
    if (!isContainer(container))
      throw new CommandError(`--set ${path.join('.')}: ${path.slice(0, index).join('.')} holds no fields`);
    const isLast = index === path.length - 1;
    const isKnown = Object.hasOwn(container, name);
    const isNew = isLast && !Array.isArray(container) && nearestNames(name, Object.keys(container)).length === 0;
    if (!isKnown && !isNew) throw unknownField(name, path.join('.'), container);
    if (isLast) Object.defineProperty(container, name, { value, enumerable: true, writable: true, configurable: true });
    else container = Reflect.get(container, name);
  }
};

const parseBody = ({ body, event }: Sample): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new CommandError(`--set: the payload of ${event} is not JSON`, 'Only JSON has fields to set');
  }
};

/** The sample with these fields (`path=value`) changed, in this order. Throws `CommandError`. */
export const editSample = (sample: Sample, texts: readonly string[]): Sample => {
  if (texts.length === 0) return sample;
  const payload = parseBody(sample);
  for (const text of texts) apply(payload, readEdit(text));
  const { action, ...rest } = sample;
  const said: unknown = isContainer(payload) ? Reflect.get(payload, 'action') : undefined;
  return {
    ...rest,
    ...(typeof said === 'string' ? { action: said } : action !== undefined && { action }),
    body: Buffer.from(JSON.stringify(payload)),
  };
};
