import { typeSegment } from '../envelope/type-segment.js';

const maxNameLength = 300;

/** What separates the words of a name: all that is neither a letter nor a digit of any alphabet, nor `_` or `-`. */
const separators = /[^\p{L}\p{M}\p{N}_-]+/gu;
const edges = /^\.+|\.+$/g;

/**
 * A sender's word for what happened, as it stands in a type: letters, digits, `_` and `-` are kept, whatever is between
 * becomes one dot (`pullrequest:created` is `pullrequest.created`); letters beyond ASCII are percent-encoded. A name above 300
 * characters is hashed. `undefined` when nothing is left.
 */
export const eventName = (text: string | null | undefined): string | undefined => {
  const name = (text ?? '').replace(separators, '.').replace(edges, '');
  if (name.length > maxNameLength) return typeSegment(name);
  return name === '' ? undefined : name.split('.').map(typeSegment).join('.');
};
