import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../local/key-vault/make-certificates.js';

const dayMs = 86_400_000;
const from = Date.UTC(2049, 11, 31, 23, 59, 58);
const made = makeCertificates({ notBeforeMs: from, notAfterMs: from + 3650 * dayMs });
const [ca, server] = [new X509Certificate(made.ca), new X509Certificate(made.cert)];

describe('the certificate of the local vault', () => {
  it('is vouched for by an authority that nobody else has', () => {
    const other = new X509Certificate(makeCertificates({ notBeforeMs: from, notAfterMs: from }).ca);

    expect([ca.ca, server.ca]).toEqual([true, false]);
    expect([server.checkIssued(ca), server.verify(ca.publicKey), ca.verify(ca.publicKey)]).toEqual([true, true, true]);
    expect(server.verify(other.publicKey)).toBe(false);
    expect(server.serialNumber).not.toBe(ca.serialNumber);
  });

  it('is for this machine, by its names and addresses, and for servers alone', () => {
    expect(server.checkHost('localhost')).toBe('localhost');
    expect([server.checkIP('127.0.0.1'), server.checkIP('::1')]).toEqual(['127.0.0.1', '::1']);
    expect(server.checkHost('example.org')).toBeUndefined();
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
  });

  it('says its time in two digits of the year before 2050 and in four from then on', () => {
    expect([Date.parse(server.validFrom), Date.parse(server.validTo)]).toEqual([from, from + 3650 * dayMs]);
    expect(server.raw.toString('latin1')).toContain('\x17\x0d491231235958Z\x18\x0f20591229235958Z');
  });
});
