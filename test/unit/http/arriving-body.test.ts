import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ArrivingBody } from '../../../src/http/arriving-body.js';

const sent = randomBytes(10_000);

const arriveIn = (chunkBytes: number, announcedBytes: number): ArrivingBody => {
  const body = new ArrivingBody(announcedBytes);
  for (let at = 0; at < sent.length; at += chunkBytes) body.add(Uint8Array.from(sent.subarray(at, at + chunkBytes)));
  return body;
};

describe('arriving body', () => {
  it.each([
    ['announced as it is', sent.length],
    ['not announced', 0],
    ['announced as something that is no number', Number.NaN],
    ['announced as shorter', 3_000],
    ['announced as longer', 50_000],
  ])('is what was sent, in chunks of any size, when its length is %s', (_, announcedBytes) => {
    for (const chunkBytes of [1, 7, 625, 4_096, 9_999, 10_000]) {
      const body = arriveIn(chunkBytes, announcedBytes);

      expect(body.size).toBe(sent.length);
      expect(body.bytes().equals(sent)).toBe(true);
    }
  });

  it('nothing that came is an empty body', () => {
    expect(new ArrivingBody(0).bytes()).toHaveLength(0);
    expect(new ArrivingBody(100).bytes()).toHaveLength(0);
  });

  it('one chunk is taken as it is, without a copy', () => {
    const chunk = Uint8Array.from(sent);
    const body = new ArrivingBody(chunk.byteLength);

    body.add(chunk);

    expect(body.bytes().buffer).toBe(chunk.buffer);
  });

  it('in one piece it is the memory that its chunks went into, not one more copy', () => {
    const body = arriveIn(1_000, sent.length);

    expect(body.bytes().buffer).toBe(body.bytes().buffer);
    expect(body.bytes().buffer.byteLength).toBe(sent.length);
  });

  it('an announced length takes no memory before a share of it has come', () => {
    const body = new ArrivingBody(25_000_000);
    body.add(new Uint8Array(1_000));

    expect(body.bytes().buffer.byteLength).toBe(1_000);
  });
});
