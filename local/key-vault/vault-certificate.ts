import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from './make-certificates.js';

/** What the TLS server needs, and where the certificate that clients must trust lies. */
export interface VaultCertificate {
  readonly cert: string;
  readonly key: string;
  readonly caFile: string;
}

const dayMs = 86_400_000;
const lifetimeMs = 3650 * dayMs;
const renewalMs = 30 * dayMs;

const isUsable = ({ ca, cert }: { readonly ca: string; readonly cert: string }, nowMs: number): boolean => {
  const server = new X509Certificate(cert);
  return server.verify(new X509Certificate(ca).publicKey) && Date.parse(server.validTo) - nowMs > renewalMs;
};

const readText = (file: string): Promise<string> => readFile(file, 'utf8');

/**
 * The certificate in `directory`, made at the first start and used again afterwards, so that a client which trusts
 * `ca.pem` need not be told twice. The authority's key is thrown away: it can vouch for nothing else.
 */
export const loadVaultCertificate = async (directory: string, nowMs: number): Promise<VaultCertificate> => {
  const caFile = join(directory, 'ca.pem');
  const certFile = join(directory, 'server.pem');
  const keyFile = join(directory, 'server-key.pem');
  try {
    const [ca, cert, key] = await Promise.all([readText(caFile), readText(certFile), readText(keyFile)]);
    if (isUsable({ ca, cert }, nowMs)) return { cert, key, caFile };
  } catch {
    // None yet, or not readable: a new one takes its place.
  }
  const { ca, cert, key } = makeCertificates({ notBeforeMs: nowMs - dayMs, notAfterMs: nowMs + lifetimeMs });
  await mkdir(directory, { recursive: true });
  await writeFile(keyFile, key, { mode: 0o600 });
  await Promise.all([writeFile(certFile, cert), writeFile(caFile, ca)]);
  return { cert, key, caFile };
};
