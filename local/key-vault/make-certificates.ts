import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { bitString, der, objectId, sequence, time } from './der.js';

/** PEM texts: an authority, and what it vouches for. */
export interface Certificates {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

interface Certified {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly Buffer[];
}

const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

const nameOf = (commonName: string): Buffer =>
  sequence(der(0x31, sequence(objectId('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));

/** Random, positive, and without a zero in front. */
const serialNumber = (): Buffer => der(0x02, Buffer.from([0x40]), randomBytes(8));

const extension = (id: string, value: Buffer, isCritical = false): Buffer =>
  sequence(objectId(id), ...(isCritical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));

const authority = [
  extension('2.5.29.19', sequence(der(0x01, Buffer.from([0xff]))), true),
  // Signs certificates.
  extension('2.5.29.15', bitString(Buffer.from([0b0000_0100]), 2), true),
];

const loopbackServer = [
  extension('2.5.29.19', sequence()),
  // Signs what a handshake needs.
  extension('2.5.29.15', bitString(Buffer.from([0b1000_0000]), 7), true),
  extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
  extension(
    '2.5.29.17',
    sequence(
      der(0x82, Buffer.from('localhost')),
      der(0x87, Buffer.from([127, 0, 0, 1])),
      der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
    ),
  ),
];

/** X.509, version 3 (RFC 5280, section 4.1), as PEM. */
const certify = (certified: Certified): string => {
  const { subject, publicKey, issuer, issuerKey, notBeforeMs, notAfterMs, extensions } = certified;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    serialNumber(),
    ecdsaWithSha256,
    nameOf(issuer),
    sequence(time(notBeforeMs), time(notAfterMs)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const bytes = sequence(body, ecdsaWithSha256, bitString(sign('sha256', body, issuerKey)));
  const lines = bytes.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
};

const newKeys = () => generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

/** Makes an authority and the certificate of a server on this machine. Nobody keeps the authority's key: it can vouch for nothing else. */
export const makeCertificates = (valid: Pick<Certified, 'notBeforeMs' | 'notAfterMs'>): Certificates => {
  const [ca, server] = [newKeys(), newKeys()];
  const issuer = 'Breakwater local vault authority';
  const issued = { ...valid, issuer, issuerKey: ca.privateKey };
  return {
    ca: certify({ ...issued, subject: issuer, publicKey: ca.publicKey, extensions: authority }),
    cert: certify({
      ...issued,
      subject: 'Breakwater local vault',
      publicKey: server.publicKey,
      extensions: loopbackServer,
    }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};
