import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the TLS server needs, and where the certificate that clients must trust lies. */
export interface VaultCertificate {
  readonly cert: string;
  readonly key: string;
  readonly caFile: string;
}

const dayMs = 86_400_000;
const lifetimeMs = 3650 * dayMs;
const renewalMs = 30 * dayMs;

const subject = (commonName: string) => [{ name: 'commonName', value: commonName }];

const makeCertificates = async (nowMs: number) => {
  const { generate } = await import('selfsigned');
  const validity = { notBeforeDate: new Date(nowMs - dayMs), notAfterDate: new Date(nowMs + lifetimeMs) };
  const algorithms = { keyType: 'ec', algorithm: 'sha256' } as const;
  const ca = await generate(subject('Breakwater local vault authority'), {
    ...validity,
    ...algorithms,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ],
  });
  const server = await generate(subject('Breakwater local vault'), {
    ...validity,
    ...algorithms,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  return { ca: ca.cert, cert: server.cert, key: server.private };
};

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
  const { ca, cert, key } = await makeCertificates(nowMs);
  await mkdir(directory, { recursive: true });
  await writeFile(keyFile, key, { mode: 0o600 });
  await Promise.all([writeFile(certFile, cert), writeFile(caFile, ca)]);
  return { cert, key, caFile };
};
