import { describe, expect, it } from 'vitest';
import { createBytesInFlight } from '../../../src/http/arriving-body.js';
import { settled } from '../../support/until.js';

const mib = 1024 * 1024;
const large = { bytes: 25 * mib, restricted: false };

describe('bytes in flight', () => {
  it('have room for eight of the largest bodies, and for the next when one has left', () => {
    const inFlight = createBytesInFlight(25 * mib);
    const rooms = Array.from({ length: 8 }, () => inFlight.admit(large));

    expect(rooms).not.toContain(undefined);
    expect(inFlight.admit(large)).toBeUndefined();
    rooms[0]?.release();
    rooms[0]?.release();
    expect(inFlight.admit(large)).toBeDefined();
    expect(inFlight.admit(large)).toBeUndefined();
  });

  it('are held until the request is answered and every call has ended, whichever is last, failed ones too', async () => {
    const inFlight = createBytesInFlight(25 * mib);
    const others = Array.from({ length: 7 }, () => inFlight.admit(large));
    const room = inFlight.admit(large);
    const [one, other] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    room?.hold(one.promise);
    room?.hold(other.promise);

    one.resolve();
    await settled();
    room?.release();
    expect(inFlight.admit(large)).toBeUndefined();
    other.reject(new Error('Fails on purpose'));
    await settled();

    expect(others).not.toContain(undefined);
    expect(inFlight.admit(large)).toBeDefined();
    expect(inFlight.admit(large)).toBeUndefined();
  });

  it('of large bodies take nothing from small ones', () => {
    const inFlight = createBytesInFlight(25 * mib);
    for (let count = 0; count < 8; count++) inFlight.admit(large);

    const small = Array.from({ length: 600 }, () => inFlight.admit({ bytes: 100 * 1024, restricted: true }));

    expect(small).not.toContain(undefined);
  });

  it('of small bodies have an end, too', () => {
    const inFlight = createBytesInFlight(25 * mib);
    const admitted = Array.from({ length: 700 }, () => inFlight.admit({ bytes: 100 * 1024, restricted: false }));

    expect(admitted).toContain(undefined);
  });

  it('of bodies that may be anybody’s take no more than a part of the room', () => {
    const inFlight = createBytesInFlight(25 * mib);
    const anybody = Array.from({ length: 8 }, () => inFlight.admit({ ...large, restricted: true }));

    expect(anybody.filter((room) => room !== undefined)).toHaveLength(2);
    expect(inFlight.admit(large)).toBeDefined();
  });

  it('always have room for one body of the largest size that is taken', () => {
    const inFlight = createBytesInFlight(300 * mib);

    expect(inFlight.admit({ bytes: 300 * mib, restricted: true })).toBeDefined();
    expect(inFlight.admit(large)).toBeUndefined();
  });
});
