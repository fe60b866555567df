import { hash } from 'node:crypto';

const plain = /^[A-Za-z0-9_-]+$/;
const unreserved = /[^A-Za-z0-9_-]/gu;
const maxLength = 300;

const escaped = (character: string): string =>
  [...Buffer.from(character, 'utf8')].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');

/**
 * A sender's word as one segment of an event type: letters, digits, `_` and `-` of ASCII stand for themselves, every other
 * character for its bytes in UTF-8, percent-encoded (`deploy.prod` is `deploy%2Eprod`). What would be above 300 characters is
 * the SHA-256 of the word, in hex. `undefined` for no word.
 */
export const typeSegment = (word: string | undefined): string | undefined => {
  if (word === undefined || word === '') return undefined;
  if (word.length <= maxLength && plain.test(word)) return word;
  const segment = word.length <= maxLength ? word.toWellFormed().replace(unreserved, escaped) : '';
  return segment === '' || segment.length > maxLength ? `sha256-${hash('sha256', word, 'hex')}` : segment;
};

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

/** The word that a pattern's segment names: as the sender writes it, or percent-encoded where it must be (`.`, `*`, `%`). */
export const wordOfSegment = (segment: string): string =>
  segment.replace(escapes, (bytes) => Buffer.from(bytes.replaceAll('%', ''), 'hex').toString('utf8'));

interface EventTypeParts {
  readonly provider: string;
  readonly event: string;
  readonly action?: string | undefined;
}

/** `{provider}.{event}[.{action}]`, e.g. `github.pull_request.opened`: what bots' patterns are matched with. */
export const eventType = ({ provider, event, action }: EventTypeParts): string =>
  action === undefined ? `${provider}.${event}` : `${provider}.${event}.${action}`;
