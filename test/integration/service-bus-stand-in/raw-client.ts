import { once } from 'node:events';
import { connect } from 'node:net';
import rhea, { type Typed } from 'rhea';
import { onTestFinished } from 'vitest';
import { readTyped, writeTyped } from '../../../local/service-bus/amqp/typed-value.js';
import type { ServiceBusStandIn } from '../../../local/service-bus/start-service-bus.js';

const { types } = rhea;

/** A frame as it came: the code of what it says, and its fields with their AMQP types. */
export interface Frame {
  readonly code: number;
  readonly fields: readonly Typed[];
}

/** Codes of AMQP 1.0, part 2, section 2.7, and part 5, section 5.3.3. */
export const performative = {
  open: 0x10,
  begin: 0x11,
  attach: 0x12,
  flow: 0x13,
  transfer: 0x14,
  disposition: 0x15,
  detach: 0x16,
  end: 0x17,
  close: 0x18,
  saslMechanisms: 0x40,
  saslInit: 0x41,
  saslOutcome: 0x44,
} as const;

export const headers = { amqp: Buffer.from('AMQP\x00\x01\x00\x00'), sasl: Buffer.from('AMQP\x03\x01\x00\x00') };

/** A described list: what every performative and terminus is. `undefined` is a field left out. */
export const describedList = (code: number, fields: readonly (Typed | undefined)[]): Typed =>
  types.described(types.wrap_ulong(code), types.wrap_list(fields.map((field) => field ?? types.wrap(null))));

/** One frame on channel 0; SASL's frames are of type 1. */
export function frame(code: number, fields: readonly (Typed | undefined)[]): Buffer {
  const body = writeTyped(describedList(code, fields));
  const head = Buffer.from([0, 0, 0, 0, 2, code >= performative.saslMechanisms ? 1 : 0, 0, 0]);
  head.writeUInt32BE(head.length + body.length, 0);
  return Buffer.concat([head, body]);
}

/** A socket that says and hears single frames, for what no client library can be made to say. */
export async function rawClient({ port }: Pick<ServiceBusStandIn, 'port'>) {
  const socket = connect({ host: '127.0.0.1', port });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let unread = Buffer.alloc(0);
  const frames: Frame[] = [];
  socket.on('data', (bytes) => {
    unread = Buffer.concat([unread, bytes]);
    for (let read = readFrame(unread); read !== undefined; read = readFrame(unread)) {
      unread = unread.subarray(read.bytes);
      if (read.frame !== undefined) frames.push(read.frame);
      socket.emit('frame');
    }
  });
  return {
    frames,
    codes: () => frames.map(({ code }) => code),
    /** All in one packet, as clients do that do not wait for answers. */
    say: (...chunks: readonly Buffer[]) => void socket.write(Buffer.concat(chunks)),
    hear: async (code: number, count = 1): Promise<Frame> => {
      for (;;) {
        const found = frames.filter((heard) => heard.code === code)[count - 1];
        if (found !== undefined) return found;
        await once(socket, 'frame');
      }
    },
  };
}

function readFrame(bytes: Buffer): { readonly bytes: number; readonly frame: Frame | undefined } | undefined {
  if (bytes.length < 8) return undefined;
  if (bytes.toString('latin1', 0, 4) === 'AMQP') return { bytes: 8, frame: undefined };
  const size = bytes.readUInt32BE(0);
  if (bytes.length < size) return undefined;
  const body = bytes.subarray(bytes.readUInt8(4) * 4, size);
  if (body.length === 0) return { bytes: size, frame: undefined };
  const read = readTyped(body);
  return { bytes: size, frame: { code: Number(read.descriptor?.value), fields: read.value } };
}
