import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/built-in.js';
import type { SigningScheme, TimestampRule } from '../../../src/signatures/signing-scheme.js';
import { verifySignature } from '../../../src/signatures/verify-signature.js';
import { type Credentials, credentialsFor, type SignedByScheme, type Signing, signByScheme } from './sign-by-scheme.js';
import { signedRequest } from './signed-request.js';

const nowMs = 1_767_225_600_000;
const body = Buffer.from('{"action":"opened","number":820982911946154508}');
const id = 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W';

const builtIn = builtInProviders.flatMap(({ name, signing }) =>
  signing.map((scheme, index) => ({ what: `${name}, way ${index + 1} (${scheme.kind})`, scheme })),
);

/** What `providers.json` can say and no built-in provider does. */
const configured: readonly { readonly what: string; readonly scheme: SigningScheme }[] = [
  {
    what: 'HMAC-SHA512 in hex',
    scheme: { kind: 'hmac', algorithm: 'sha512', header: 'X-Sig', encoding: 'hex', key: 'text' },
  },
  {
    what: 'HMAC-SHA512 over id and milliseconds, in a comma list of base64',
    scheme: {
      kind: 'hmac',
      algorithm: 'sha512',
      header: 'X-Sig',
      prefix: 'v1=',
      list: 'comma',
      encoding: 'base64',
      key: 'base64',
      signedBytes: '{id}.{timestamp}.{body}',
      idHeader: 'X-Id',
      timestamp: { header: 'X-Time', format: 'milliseconds', toleranceSeconds: 60 },
    },
  },
  {
    what: 'Ed25519 over a date, with its key in base64',
    scheme: {
      kind: 'ed25519',
      header: 'X-Sig',
      prefix: 'ed=',
      encoding: 'base64',
      key: 'base64',
      signedBytes: '{timestamp}|{body}',
      timestamp: { header: 'X-Time', format: 'rfc3339', toleranceSeconds: 300 },
    },
  },
  { what: 'a token after a word', scheme: { kind: 'token', header: 'X-Key', prefix: 'Key ' } },
];

const cases = [...builtIn, ...configured];

const ownCredentials = new Map(cases.map(({ scheme }) => [scheme, credentialsFor(scheme)]));
const own = (scheme: SigningScheme): Credentials => ownCredentials.get(scheme) ?? credentialsFor(scheme);

const ruleOf = (scheme: SigningScheme): TimestampRule | undefined =>
  'timestamp' in scheme ? scheme.timestamp : undefined;

const timestampAt = (scheme: SigningScheme, ms: number): string => {
  const format = ruleOf(scheme)?.format ?? 'seconds';
  if (format === 'rfc3339') return new Date(ms).toISOString();
  return String(format === 'seconds' ? Math.floor(ms / 1000) : ms);
};

const sign = (scheme: SigningScheme, changes: Partial<Signing> = {}, credentials = own(scheme)) =>
  signByScheme(scheme, credentials, { body, id, timestamp: timestampAt(scheme, nowMs), ...changes });

interface Attempt {
  readonly scheme: SigningScheme;
  readonly signed: SignedByScheme;
  /** The whole text of the proof's header; absent: as it was signed. */
  readonly value?: string | null;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: Buffer;
  readonly secret?: string;
}

const verifies = ({ scheme, signed, value, headers, ...given }: Attempt): boolean => {
  const text = value === undefined ? signed.value(signed.write(signed.proof)) : value;
  const request = signedRequest({ ...signed.headers(text), ...headers }, given.body ?? body);
  return verifySignature({ schemes: [scheme], request, secret: given.secret ?? own(scheme).secret, nowMs });
};

const flips = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return flipped;
  });

const isSigned = ({ kind }: SigningScheme): boolean => kind === 'hmac' || kind === 'ed25519';

/** What may be done to the text of a proof, each time leaving something that is not the proof. */
const respellings: Readonly<Record<string, (signed: SignedByScheme) => string | null>> = {
  missing: () => null,
  empty: () => '',
  'nothing but its prefix': (signed) => signed.value(''),
  'in upper case': (signed) => signed.value(signed.write(signed.proof).toUpperCase()),
  'truncated by a character': (signed) => signed.value(signed.write(signed.proof).slice(0, -1)),
  'truncated by a byte': (signed) => signed.value(signed.write(signed.proof.subarray(0, -1))),
  'longer by a byte': (signed) => signed.value(signed.write(Buffer.concat([signed.proof, Buffer.alloc(1)]))),
  'followed by a line feed': (signed) => `${signed.value(signed.write(signed.proof))}\n`,
  'followed by a tab': (signed) => `${signed.value(signed.write(signed.proof))}\tx`,
  'preceded by a tab': (signed) => `\t${signed.value(signed.write(signed.proof))}`,
  'doubled, as repeated headers arrive': (signed) => {
    const text = signed.value(signed.write(signed.proof));
    return `${text}, ${text}`;
  },
  'doubled, as Azure’s host joins repeated headers': (signed) => {
    const text = signed.value(signed.write(signed.proof));
    return `${text},${text}`;
  },
  'doubled without a comma': (signed) => signed.value(signed.write(signed.proof).repeat(2)),
  'after a wrong one, as repeated headers arrive': (signed) =>
    `${signed.value('0')}, ${signed.value(signed.write(signed.proof))}`,
  'under another prefix': (signed) => `sha1=${signed.write(signed.proof)}`,
  'without a prefix of its own': (signed) => signed.value(`v9=${signed.write(signed.proof)}`),
  'in base64url': (signed) => signed.value(`${signed.proof.toString('base64url')}-_`),
  'in full-width digits': (signed) => signed.value('０'.repeat(64)),
  'all zero': (signed) => signed.value(signed.write(Buffer.alloc(signed.proof.length))),
};

const odd = (form: TimestampRule['format']): readonly string[] => [
  '',
  'NaN',
  'Infinity',
  '-Infinity',
  '-1',
  '1e9',
  '0x6955B900',
  '1767225600.0',
  '1767225600abc',
  ' 1767225600',
  '1767225600 ',
  '1767225600, 1767225600',
  '١٧٦٧٢٢٥٦٠٠',
  form === 'rfc3339' ? '2026-01-01' : '2026-01-01T00:00:00Z',
];

/** An Ed25519 receiver holds a public key: whoever knows it must not be able to use it as a shared one. */
const otherDigests = ({ key, secret }: Credentials): readonly NonNullable<Signing['digest']>[] => [
  (bytes) => createHmac('sha1', key).update(bytes).digest(),
  (bytes) => createHmac('md5', key).update(bytes).digest(),
  (bytes) => createHmac('sha384', key).update(bytes).digest().subarray(0, 32),
  (bytes) => createHmac('sha512', key).update(bytes).digest().subarray(0, 32),
  (bytes) => createHmac('sha3-512', secret).update(bytes).digest(),
  (bytes) => createHmac('sha256', '').update(bytes).digest(),
  (bytes) => bytes.subarray(0, 32),
];

describe.each(cases)('$what', ({ scheme }) => {
  const signed = sign(scheme);

  it('verifies what it signed', () => {
    expect(verifies({ scheme, signed })).toBe(true);
  });

  it('refuses a proof with any one bit changed', () => {
    const results = flips(signed.proof).map((proof) =>
      verifies({ scheme, signed, value: signed.value(signed.write(proof)) }),
    );

    expect(results.length).toBeGreaterThanOrEqual(128);
    expect(results).not.toContain(true);
  });

  it.each(Object.entries(respellings))('refuses a proof that is %s', (_how, respell) => {
    expect(verifies({ scheme, signed, value: respell(signed) })).toBe(false);
  });

  it('refuses the proof of another secret', () => {
    expect(verifies({ scheme, signed: sign(scheme, {}, credentialsFor(scheme, 8)) })).toBe(false);
  });

  it.each(['', ' ', ':', 'whsec_', 'whpk_'])('verifies nothing with the secret %j', (secret) => {
    const digest = (bytes: Buffer): Buffer => createHmac('sha256', secret.trim()).update(bytes).digest();
    const empty = sign(scheme, isSigned(scheme) ? { digest } : {}, {
      ...credentialsFor(scheme),
      secret: secret.trim(),
    });

    expect(verifies({ scheme, signed: empty, secret: '' })).toBe(false);
    expect(verifies({ scheme, signed, secret })).toBe(false);
  });
});

describe.each(cases.filter(({ scheme }) => isSigned(scheme)))('$what', ({ scheme }) => {
  const signed = sign(scheme);

  it('refuses a body with any one bit changed', () => {
    const results = flips(body).map((changed) => verifies({ scheme, signed, body: changed }));

    expect(results).not.toContain(true);
  });

  it('refuses a body that is longer, shorter or none', () => {
    for (const changed of [Buffer.concat([body, Buffer.from(' ')]), body.subarray(0, -1), Buffer.alloc(0)]) {
      expect(verifies({ scheme, signed, body: changed })).toBe(false);
    }
  });

  it('refuses every other algorithm, made with the right key', () => {
    const results = otherDigests(own(scheme)).map((digest) => verifies({ scheme, signed: sign(scheme, { digest }) }));

    expect(results).not.toContain(true);
  });
});

describe.each(cases.filter(({ scheme }) => 'idHeader' in scheme && scheme.idHeader))('$what', ({ scheme }) => {
  const idHeader = ('idHeader' in scheme && scheme.idHeader) || '';

  it('refuses another id than was signed, and none', () => {
    const results = [`${id}x`, '', null].map((other) =>
      verifies({ scheme, signed: sign(scheme), headers: { [idHeader]: other } }),
    );

    expect(results).not.toContain(true);
  });
});

describe.each(cases.filter(({ scheme }) => ruleOf(scheme)))('$what', ({ scheme }) => {
  const rule = ruleOf(scheme);

  it.each(odd(rule?.format ?? 'seconds'))('refuses the timestamp %j, though it is rightly signed', (timestamp) => {
    expect(verifies({ scheme, signed: sign(scheme, { timestamp }) })).toBe(false);
  });

  it('refuses another time than was signed', () => {
    const later = sign(scheme, { timestamp: timestampAt(scheme, nowMs + 1000) });
    const earlier = sign(scheme).proof;

    expect(verifies({ scheme, signed: { ...later, proof: earlier } })).toBe(false);
  });

  it.runIf(rule?.toleranceSeconds)('refuses what is stale or early by a second, though it is rightly signed', () => {
    const tolerance = rule?.toleranceSeconds ?? 0;
    const at = (seconds: number): boolean =>
      verifies({ scheme, signed: sign(scheme, { timestamp: timestampAt(scheme, nowMs + seconds * 1000) }) });

    expect([-tolerance - 1, -tolerance, tolerance, tolerance + 1].map(at)).toEqual([false, true, true, false]);
  });
});
