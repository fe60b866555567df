import type { HttpRequest } from '@azure/functions';

/** No comma but inside quotes: a header that was sent twice arrives joined by one, and would be two types. */
const printableAscii = /^(?=.{1,256}$)(?:[\x20\x21\x23-\x2b\x2d-\x7e]|"[\x20\x21\x23-\x7e]*")+$/;

/** Media type without parameters, lower case; `undefined` when the header is missing, repeated or no text a sender would write. */
const mediaType = (header: string | null): string | undefined =>
  header !== null && printableAscii.test(header) ? header.split(';', 1)[0]?.trim().toLowerCase() : undefined;

/** Some senders say their charset here, or nothing, and send plain bytes. */
const plainEncodings: ReadonlySet<string> = new Set(['', 'identity', 'utf-8', 'utf8']);

const isPlain = (header: string | null): boolean =>
  (header ?? '').split(',').every((each) => plainEncodings.has(each.trim().toLowerCase()));

/** Whether it has a `Content-Type` that its provider sends (`any`: whichever it is, or none), in the only encoding that is read: none. */
export const isAcceptedContent = (
  headers: { get(name: string): string | null },
  contentTypes: readonly string[] | 'any',
): boolean => {
  const header = headers.get('content-type');
  const type = mediaType(header);
  const isSent =
    contentTypes === 'any' ? header === null || type !== undefined : type !== undefined && contentTypes.includes(type);
  return isSent && isPlain(headers.get('content-encoding'));
};

/** The buffer is made when this share of the announced length has come: nobody takes much memory with a header alone. */
const shareBeforeBuffer = 1 / 16;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/**
 * A body that comes in chunks. Once some have come they go into one buffer of the announced length, so that a large body is in
 * memory once, not once in chunks and once in one piece. Without an announced length, or with a wrong one, they are joined at the end.
 */
export class ArrivingBody {
  readonly #announced: number;
  #chunks: Uint8Array[] = [];
  #buffer: Buffer | undefined;
  #size = 0;

  /** `announcedBytes`: no more than is accepted; 0 when nothing was announced. */
  constructor(announcedBytes: number) {
    this.#announced = announcedBytes;
  }

  get size(): number {
    return this.#size;
  }

  add(chunk: Uint8Array): void {
    const at = this.#size;
    this.#size += chunk.byteLength;
    if (this.#buffer !== undefined && this.#size <= this.#buffer.length) this.#buffer.set(chunk, at);
    else this.#chunks.push(chunk);
    const hasCome = this.#size >= this.#announced * shareBeforeBuffer;
    if (this.#buffer === undefined && this.#size < this.#announced && hasCome) this.#makeBuffer();
  }

  /** All that has come, in one piece; a body that came in one chunk is that chunk itself. */
  bytes(): Buffer {
    const pieces = this.#buffer === undefined ? this.#chunks : [this.#filled(this.#buffer), ...this.#chunks];
    const [first] = pieces;
    if (first === undefined) return Buffer.alloc(0);
    return pieces.length === 1 ? viewOf(first) : Buffer.concat(pieces, this.#size);
  }

  #filled(whole: Buffer): Buffer {
    const beside = this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return whole.subarray(0, this.#size - beside);
  }

  #makeBuffer(): void {
    const whole = Buffer.allocUnsafeSlow(this.#announced);
    let at = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#chunks = [];
    this.#buffer = whole;
  }
}

export type BodyReading = { readonly kind: 'read'; readonly body: Buffer } | { readonly kind: 'too-large' };

const tooLarge: BodyReading = { kind: 'too-large' };

/** How large the body is: as it came in the worker's message, else as the header says. */
export const bodyBytes = ({ body, headers }: HttpRequest): number =>
  Array.isArray(body)
    ? body.reduce((sum: number, chunk: Uint8Array) => sum + chunk.byteLength, 0)
    : Number(headers.get('content-length') ?? 0);

/** Stops at the first chunk that is not taken. */
const takesAll = async (chunks: AsyncIterable<Uint8Array>, takes: (chunk: Uint8Array) => boolean): Promise<boolean> => {
  for await (const chunk of chunks) if (!takes(chunk)) return false;
  return true;
};

/**
 * The request's raw bytes, never decoded. Stops at `maxBytes`: at once when `Content-Length` says so, else while reading a
 * chunked body. As the worker hands a body on it is here already: then nothing has to be waited for.
 */
export const readBody = (request: HttpRequest, maxBytes: number): BodyReading | Promise<BodyReading> => {
  const announcedBytes = Number(request.headers.get('content-length') ?? 0);
  if (announcedBytes > maxBytes) return tooLarge;
  const body = new ArrivingBody(announcedBytes);
  const takes = (chunk: Uint8Array): boolean => {
    if (body.size + chunk.byteLength > maxBytes) return false;
    body.add(chunk);
    return true;
  };
  const whole = (): BodyReading => ({ kind: 'read', body: body.bytes() });
  const chunks = request.body ?? [];
  if (!Array.isArray(chunks)) return takesAll(chunks, takes).then((isWhole) => (isWhole ? whole() : tooLarge));
  for (const chunk of chunks) if (!takes(chunk)) return tooLarge;
  return whole();
};

/** The room of one body, taken from when it is admitted. */
export interface BodyRoom {
  /** The room stays taken until this call has ended, too. */
  readonly hold: (call: Promise<unknown>) => void;
  /** The request has been answered: gives the room back once no call is left. */
  readonly release: () => void;
}

export interface BodyToAdmit {
  readonly bytes: number;
  /** It may wait before it is known to be genuine, or comes from where forged ones come from: large ones have a small part of the room. */
  readonly restricted: boolean;
}

/** The bodies that this instance holds at once, in bytes, so that nobody's large ones take its memory. */
export interface BytesInFlight {
  /** Makes room for a body, or answers `undefined` when there is none now. */
  admit(body: BodyToAdmit): BodyRoom | undefined;
}

/** Bodies up to here have room of their own, which no large one takes: most webhooks are below 100 KB. */
export const smallBytes = 192 * 1024;

const mib = 1024 * 1024;

/** Eight of GitHub's largest at once, and a few hundred small ones: the worker stays below 512 MB by `npm run bench -- memory`. The host's own memory is bounded by `infra`. */
const roomBytes = { small: 64 * mib, large: 200 * mib, restricted: 50 * mib } as const;

interface Room {
  readonly limit: number;
  taken: number;
}

const emptyRoom = (limit: number): Room => ({ limit, taken: 0 });

/** `give` is called once: when the request is answered and every call that was held has ended. */
const createBodyRoom = (give: () => void): BodyRoom => {
  let users = 1;
  let isAnswered = false;
  const leave = (): void => {
    users -= 1;
    if (users === 0) give();
  };
  return {
    hold: (call) => {
      users += 1;
      call.then(leave, leave);
    },
    release: () => {
      if (!isAnswered) leave();
      isAnswered = true;
    },
  };
};

/** Nobody's room: for a body that is not read. */
export const noRoom: BodyRoom = { hold: () => {}, release: () => {} };

/** Room for one body of `maxPayloadBytes` there always is. */
export const createBytesInFlight = (maxPayloadBytes: number): BytesInFlight => {
  const small = emptyRoom(roomBytes.small);
  const large = emptyRoom(Math.max(roomBytes.large, maxPayloadBytes));
  const restrictedLarge = emptyRoom(Math.max(roomBytes.restricted, maxPayloadBytes));
  return {
    admit({ bytes, restricted }) {
      const rooms = bytes <= smallBytes ? [small] : restricted ? [large, restrictedLarge] : [large];
      if (rooms.some(({ limit, taken }) => taken + bytes > limit)) return undefined;
      for (const room of rooms) room.taken += bytes;
      return createBodyRoom(() => {
        for (const room of rooms) room.taken -= bytes;
      });
    },
  };
};
