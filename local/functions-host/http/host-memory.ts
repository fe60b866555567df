import type { Clock } from '../../../src/time/clock.js';

const mib = 2 ** 20;

/** .NET takes three quarters of an instance's memory for its heap; the host at rest has this much of it. */
const heapShare = 0.75;
const atRestBytes = 100 * mib;

/** By `npm run bench -- host-parse`: the text, and a value for each comma and colon. */
const perByte = 3;
const perComma = 106;
const perColon = 250;

/** Milliseconds for a megabyte: of what senders send, and as much again where every other byte is a comma. */
const msPerMb = 200;

interface ParseCost {
  readonly bytes: number;
  readonly ms: number;
}

const count = (body: Uint8Array, sought: number): number => {
  let found = 0;
  for (let at = 0; at < body.length; at += 1) if (body[at] === sought) found += 1;
  return found;
};

/** What Azure's host takes, in memory and time, to parse a body as JSON before it asks the function. */
export const parseCost = (body: Uint8Array): ParseCost => {
  const commas = count(body, 0x2c);
  const density = body.length === 0 ? 0 : Math.min(1, (2 * commas) / body.length);
  return {
    bytes: body.length * perByte + commas * perComma + count(body, 0x3a) * perColon,
    ms: (body.length / mib) * msPerMb * (1 + density),
  };
};

/** Plays the memory and time of an instance's host: bodies that it has no room for end it, as in Azure. */
export class HostMemory {
  readonly exhausted: Promise<string>;
  readonly #exhaust: (reason: string) => void;
  readonly #clock: Clock;
  readonly #roomBytes: number;
  #takenBytes = 0;

  constructor(instanceMb: number, clock: Clock) {
    const exhausted = Promise.withResolvers<string>();
    this.exhausted = exhausted.promise;
    this.#exhaust = exhausted.resolve;
    this.#clock = clock;
    this.#roomBytes = instanceMb * mib * heapShare - atRestBytes;
  }

  /** Takes as long as Azure's host would; never ends when it would have died of it. */
  async parse(body: Uint8Array): Promise<void> {
    const { bytes, ms } = parseCost(body);
    this.#takenBytes += bytes;
    if (this.#takenBytes > this.#roomBytes) {
      this.#exhaust(`Out of memory: ${Math.round(this.#takenBytes / mib)} MB for bodies that are parsed as JSON`);
      return new Promise(() => undefined);
    }
    await new Promise<void>((resolve) => void this.#clock.startTimer(ms, resolve));
    this.#takenBytes -= bytes;
  }
}
