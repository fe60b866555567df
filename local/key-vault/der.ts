/** A value in ASN.1's distinguished encoding (X.690): its tag, its length, its content. */
export const der = (tag: number, ...content: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag, ...lengthOf(bytes.length)]), bytes]);
};

const lengthOf = (length: number): readonly number[] => {
  if (length < 0x80) return [length];
  return length < 0x1_00 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
};

export const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);

/** `dotted` as it is written, e.g. `2.5.29.17`. */
export const objectId = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(inSevenBits)]));
};

const inSevenBits = (arc: number): readonly number[] => {
  const bytes = [arc & 0x7f];
  for (let left = arc >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
};

export const bitString = (bytes: Buffer, unusedBits = 0): Buffer => der(0x03, Buffer.from([unusedBits]), bytes);

/** To the second; with four digits of the year from 2050 on (RFC 5280, section 4.1.2.5). */
export const time = (epochMs: number): Buffer => {
  const digits = `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/\D/g, '')}Z`;
  const isLate = Number(digits.slice(0, 4)) >= 2050;
  return isLate ? der(0x18, Buffer.from(digits)) : der(0x17, Buffer.from(digits.slice(2)));
};
