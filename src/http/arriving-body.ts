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
