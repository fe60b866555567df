/** Room is made when this share of the announced length has come: nobody takes much memory with a header alone. */
const shareBeforeRoom = 1 / 16;

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, byteLength);

/**
 * A body that comes in chunks. Once some have come they go into one buffer of the announced length, so that a large body is in
 * memory once, not once in chunks and once in one piece. Without an announced length, or with a wrong one, they are joined at the end.
 */
export class ArrivingBody {
  readonly #announced: number;
  #chunks: Uint8Array[] = [];
  #room: Buffer | undefined;
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
    if (this.#room !== undefined && this.#size <= this.#room.length) this.#room.set(chunk, at);
    else this.#chunks.push(chunk);
    const hasCome = this.#size >= this.#announced * shareBeforeRoom;
    if (this.#room === undefined && this.#size < this.#announced && hasCome) this.#makeRoom();
  }

  /** All that has come, in one piece; a body that came in one chunk is that chunk itself. */
  bytes(): Buffer {
    const [first] = this.#chunks;
    const pieces = this.#room === undefined ? this.#chunks : [this.#filledRoom(this.#room), ...this.#chunks];
    if (pieces.length > 1) return Buffer.concat(pieces, this.#size);
    if (this.#room !== undefined) return this.#filledRoom(this.#room);
    return first === undefined ? Buffer.alloc(0) : viewOf(first);
  }

  #filledRoom(room: Buffer): Buffer {
    const beside = this.#chunks.reduce((sum, { byteLength }) => sum + byteLength, 0);
    return room.subarray(0, this.#size - beside);
  }

  #makeRoom(): void {
    const room = Buffer.allocUnsafeSlow(this.#announced);
    let at = 0;
    for (const chunk of this.#chunks) {
      room.set(chunk, at);
      at += chunk.byteLength;
    }
    this.#chunks = [];
    this.#room = room;
  }
}

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

class Room {
  readonly #limit: number;
  #taken = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  fits(bytes: number): boolean {
    return this.#taken + bytes <= this.#limit;
  }

  take(bytes: number): void {
    this.#taken += bytes;
  }

  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

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
  const small = new Room(roomBytes.small);
  const large = new Room(Math.max(roomBytes.large, maxPayloadBytes));
  const restrictedLarge = new Room(Math.max(roomBytes.restricted, maxPayloadBytes));
  return {
    admit({ bytes, restricted }) {
      const rooms = bytes <= smallBytes ? [small] : restricted ? [large, restrictedLarge] : [large];
      if (!rooms.every((room) => room.fits(bytes))) return undefined;
      for (const room of rooms) room.take(bytes);
      return createBodyRoom(() => {
        for (const room of rooms) room.give(bytes);
      });
    },
  };
};
