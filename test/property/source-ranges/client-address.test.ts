import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clientNetwork } from '../../../src/ingest/authentication-failures.js';
import { clientAddress } from '../../../src/source-ranges/allowed-sources.js';
import { createIpRanges } from '../../../src/source-ranges/ip-range.js';
import { anyCharacter } from '../../support/any-character.js';

const addressIn = (forwarded: string): string | undefined => clientAddress({ get: () => forwarded });

const words = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 });
const inHex = (groups: readonly number[]): string => groups.map((group) => group.toString(16)).join(':');

it('whatever the header holds, there is an address or none, and never an exception', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.ipV4(), fc.ipV6(), fc.ipV4Extended()), (forwarded) => {
      const address = addressIn(forwarded);

      expect(address === undefined || isIP(address) !== 0).toBe(true);
      expect(clientNetwork(address).length).toBeLessThanOrEqual('ffff:ffff:ffff:ffff::/64'.length);
    }),
  );
});

it('the last hop is found behind anything that the caller wrote', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: anyCharacter }),
      fc.ipV4(),
      fc.integer({ min: 1, max: 65_535 }),
      (own, address, port) => {
        expect(addressIn(`${own}, ${address}:${port}`)).toBe(address);
      },
    ),
  );
});

it('two IPv6 addresses are counted together exactly when their first 64 bits are the same', () => {
  fc.assert(
    fc.property(words, words, fc.integer({ min: 0, max: 8 }), (one, other, shared) => {
      fc.pre(one[0] !== 0);
      const near = [...one.slice(0, shared), ...other.slice(shared)];
      const networks = [one, near].map((groups) => clientNetwork(addressIn(`[${inHex(groups)}]:443`)));

      expect(networks[0] === networks[1]).toBe(one.slice(0, 4).join() === near.slice(0, 4).join());
    }),
  );
});

it('a range holds an address exactly when their first bits are the same', () => {
  const number = fc.integer({ min: 0, max: 0xffff_ffff });
  const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
  fc.assert(
    fc.property(number, number, fc.integer({ min: 1, max: 32 }), (range, flips, prefix) => {
      const address = (range ^ (flips >>> (prefix - 1))) >>> 0;
      const inside = range >>> (32 - prefix) === address >>> (32 - prefix);

      expect(createIpRanges([`${dotted(range)}/${prefix}`])(dotted(address))).toBe(inside);
    }),
  );
});
