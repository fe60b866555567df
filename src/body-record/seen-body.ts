import { hash } from 'node:crypto';

/** What is remembered of one accepted event; texts of one byte a character, to be short in memory. */
export interface SeenBody {
  /** Stands for the route and the bytes. */
  readonly key: string;
  readonly type: string;
  /** Stands for the route and the event's id. */
  readonly id: string;
}

const keyLength = 16;
const factLength = 8;

/** Bytes of one entry, wherever it is written down. */
export const entryLength = keyLength + 2 * factLength;

const digest = (text: string, length: number): string => hash('sha256', text, 'buffer').toString('latin1', 0, length);

interface AcceptedEvent {
  /** The route's name, tenants included. */
  readonly provider: string;
  readonly type: string;
  readonly id: string;
  /** Of the raw bytes, in hex. */
  readonly sha256: string;
}

/** No name holds a line feed, so that the parts stay apart. */
export const seenBodyOf = ({ provider, type, id, sha256 }: AcceptedEvent): SeenBody => ({
  key: digest(`${provider}\n${sha256}`, keyLength),
  type: digest(type, factLength),
  id: digest(`${provider}\n${id}`, factLength),
});

const noType = '\0'.repeat(factLength);

/** Says of an event which bytes came under its id, and no more: the same bytes may come under another one. */
export const idAlone = ({ key, id }: SeenBody): SeenBody => ({
  key: digest(`id alone\n${key}`, keyLength),
  type: noType,
  id,
});

/** Whether the body of such an entry is recognized under another id or type. */
export const isRecognizable = ({ type }: Pick<SeenBody, 'type'>): boolean => type !== noType;

export const encodeSeen = (entries: readonly SeenBody[]): Buffer =>
  Buffer.from(entries.map(({ key, type, id }) => `${key}${type}${id}`).join(''), 'latin1');

/** Whole entries only: what a reader sees of the last one while it is written is left for the next time. */
export const decodeSeen = (bytes: Buffer): readonly SeenBody[] => {
  const text = bytes.toString('latin1');
  return Array.from({ length: Math.floor(text.length / entryLength) }, (_, index) => {
    const at = index * entryLength;
    return {
      key: text.slice(at, at + keyLength),
      type: text.slice(at + keyLength, at + keyLength + factLength),
      id: text.slice(at + keyLength + factLength, at + entryLength),
    };
  });
};
