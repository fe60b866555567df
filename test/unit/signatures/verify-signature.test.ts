import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { SigningScheme } from '../../../src/signatures/signing-scheme.js';
import { isSecretForm, verifySignature } from '../../../src/signatures/verify-signature.js';
import { signedRequest } from './signed-request.js';

const body = Buffer.from('{"hello":"world"}');
const nowMs = 1_700_000_000_000;
const timestamp = '1700000000';
const secret = "It's a Secret to Everybody";

interface Attempt {
  readonly scheme: SigningScheme;
  readonly headers: Readonly<Record<string, string | null>>;
  readonly secret?: string;
  readonly body?: Buffer;
}

const verify = ({ scheme, headers, ...given }: Attempt): boolean =>
  verifySignature({
    schemes: [scheme],
    request: signedRequest(headers, given.body ?? body),
    secret: given.secret ?? secret,
    nowMs,
  });

const flips = (bytes: Buffer): readonly Buffer[] =>
  Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return flipped;
  });

describe('HMAC over id, timestamp and body', () => {
  const scheme: SigningScheme = {
    kind: 'hmac',
    algorithm: 'sha256',
    header: 'Signature',
    prefix: 'v1,',
    list: 'space',
    encoding: 'base64',
    key: 'text',
    signedBytes: '{id}.{timestamp}.{body}',
    idHeader: 'Id',
    timestamp: { header: 'Timestamp', format: 'seconds', toleranceSeconds: 300 },
  };
  const macOf = (id: string, time: string, key = secret): Buffer =>
    createHmac('sha256', key).update(`${id}.${time}.`).update(body).digest();
  const signed = (id = 'msg_1', time = timestamp): Record<string, string> => ({
    Id: id,
    Timestamp: time,
    Signature: `v1,${macOf(id, time).toString('base64')}`,
  });

  it('verifies what its secret signed', () => {
    expect(verify({ scheme, headers: signed() })).toBe(true);
  });

  it('any changed bit of the signature undoes it', () => {
    const results = flips(macOf('msg_1', timestamp)).map((mac) =>
      verify({ scheme, headers: { ...signed(), Signature: `v1,${mac.toString('base64')}` } }),
    );

    expect(results).not.toContain(true);
  });

  it.each(['Id', 'Timestamp', 'Signature'])('without %s there is nothing to verify', (header) => {
    expect(verify({ scheme, headers: { ...signed(), [header]: null } })).toBe(false);
    expect(verify({ scheme, headers: { ...signed(), [header]: '' } })).toBe(false);
  });

  it.each([
    'NaN',
    'Infinity',
    '-1700000000',
    '1.7e9',
    '0x6553F100',
    `${timestamp} `,
    '1699999699',
    '1700000301',
  ])('a rightly signed timestamp of %j is refused', (time) => {
    expect(verify({ scheme, headers: signed('msg_1', time) })).toBe(false);
  });

  it.each(['1699999700', '1700000300'])('a timestamp at the edge of the window is taken: %s', (time) => {
    expect(verify({ scheme, headers: signed('msg_1', time) })).toBe(true);
  });

  it('an id with a separator is refused, for it could be read in two ways', () => {
    expect(verify({ scheme, headers: signed('msg.1') })).toBe(false);
  });

  it.each(['msg 1', 'msg_1, msg_1', 'x'.repeat(257), 'mśg'])('an id of %j is refused', (id) => {
    expect(verify({ scheme, headers: signed(id) })).toBe(false);
  });

  it('one right signature in a list is enough, wherever it stands', () => {
    const right = signed()['Signature'];
    const wrong = `v1,${macOf('msg_1', timestamp, 'another').toString('base64')}`;

    for (const list of [`${wrong} ${right}`, `${right} ${wrong}`, `v2,abc ${right}`, `garbage ${right} v1,`]) {
      expect(verify({ scheme, headers: { ...signed(), Signature: list } })).toBe(true);
    }
    expect(verify({ scheme, headers: { ...signed(), Signature: `${wrong} ${wrong}` } })).toBe(false);
  });

  it('a list that is longer than any sender would make it is refused', () => {
    const { Signature: right } = signed();

    expect(verify({ scheme, headers: { ...signed(), Signature: Array(17).fill(right).join(' ') } })).toBe(false);
  });

  it('a header that came twice is refused, though its text holds a right signature', () => {
    const { Signature: right } = signed();

    for (const twice of [`${right}, ${right}`, `${right},${right}`, `${right} ${right},${right} ${right}`]) {
      expect(verify({ scheme, headers: { ...signed(), Signature: twice } })).toBe(false);
    }
  });

  it.each([
    ['base64url', (text: string) => text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')],
    ['hex', (text: string) => Buffer.from(text, 'base64').toString('hex')],
    ['with white space inside', (text: string) => `${text.slice(0, 10)}\t${text.slice(10)}`],
    ['without padding', (text: string) => text.replaceAll('=', '')],
    ['with bits that mean nothing', (text: string) => text.replace(/.=$/, (end) => `${nextOf(end[0])}=`)],
  ])('a signature written as %s is refused', (_what, write) => {
    const text = macOf('msg_1', timestamp).toString('base64');

    expect(verify({ scheme, headers: { ...signed(), Signature: `v1,${write(text)}` } })).toBe(false);
  });
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const nextOf = (character = 'A'): string => alphabet[alphabet.indexOf(character) + 1] ?? 'A';

describe('a timestamp inside the signature’s own header', () => {
  const scheme: SigningScheme = {
    kind: 'hmac',
    algorithm: 'sha256',
    header: 'Signature',
    prefix: 'v1=',
    list: 'comma',
    encoding: 'hex',
    key: 'text',
    signedBytes: '{timestamp}.{body}',
    timestamp: { header: 'Signature', item: 't=', format: 'seconds', toleranceSeconds: 300 },
  };
  const mac = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');

  it('is read there', () => {
    expect(verify({ scheme, headers: { Signature: `t=${timestamp},v1=${mac}` } })).toBe(true);
    expect(verify({ scheme, headers: { Signature: `v0=${mac},v1=${mac},t=${timestamp}` } })).toBe(true);
  });

  it('is read where the sender documents commas with spaces, and only there', () => {
    const spaced = { Signature: `t=${timestamp}, v1=${mac}` };

    expect(verify({ scheme: { ...scheme, list: 'comma-space' }, headers: spaced })).toBe(true);
    expect(verify({ scheme, headers: spaced })).toBe(false);
  });

  it.each([
    ['twice', `t=${timestamp},t=${timestamp},v1=${mac}`],
    ['twice, differently', `t=${timestamp},t=1,v1=${mac}`],
    ['never', `v1=${mac}`],
    ['empty', `t=,v1=${mac}`],
    ['beside the older scheme alone', `t=${timestamp},v0=${mac}`],
    ['in a header that came twice', `t=${timestamp},v1=${mac}, t=${timestamp},v1=${mac}`],
    ['in a header that Azure’s host joined', `t=${timestamp},v1=${mac},t=${timestamp},v1=${mac}`],
    ['beside one signature twice', `t=${timestamp},v1=${mac},v1=${mac}`],
  ])('that stands there %s is refused', (_what, header) => {
    expect(verify({ scheme, headers: { Signature: header } })).toBe(false);
  });
});

describe('Ed25519', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const rawPublicKey = (key: KeyObject): Buffer => Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
  const scheme: SigningScheme = {
    kind: 'ed25519',
    header: 'Signature',
    encoding: 'hex',
    key: 'hex',
    signedBytes: '{timestamp}{body}',
    timestamp: { header: 'Timestamp', format: 'seconds' },
  };
  const key = rawPublicKey(publicKey).toString('hex');
  const signature = sign(null, Buffer.concat([Buffer.from(timestamp), body]), privateKey);
  const headers = { Signature: signature.toString('hex'), Timestamp: timestamp };

  it('verifies what the private key signed', () => {
    expect(verify({ scheme, headers, secret: key })).toBe(true);
  });

  it('any changed bit of signature or body undoes it', () => {
    const signatures = flips(signature).map((changed) =>
      verify({ scheme, headers: { ...headers, Signature: changed.toString('hex') }, secret: key }),
    );
    const bodies = flips(body).map((changed) => verify({ scheme, headers, secret: key, body: changed }));

    expect([...signatures, ...bodies]).not.toContain(true);
  });

  it('by Ed25519 is not looked for among more signatures than a sender rolling its key would send', () => {
    const listed: SigningScheme = { ...scheme, list: 'space' };
    const among = (others: number): string =>
      [...flips(signature).slice(0, others), signature].map((each) => each.toString('hex')).join(' ');

    expect(verify({ scheme: listed, headers: { ...headers, Signature: among(3) }, secret: key })).toBe(true);
    expect(verify({ scheme: listed, headers: { ...headers, Signature: among(4) }, secret: key })).toBe(false);
  });

  it('another timestamp undoes it', () => {
    expect(verify({ scheme, headers: { ...headers, Timestamp: '1700000001' }, secret: key })).toBe(false);
  });

  it.each([
    ['of another pair', rawPublicKey(generateKeyPairSync('ed25519').publicKey).toString('hex')],
    ['too short', key.slice(2)],
    ['too long', `${key}00`],
    ['in upper case', key.toUpperCase()],
    ['in base64', rawPublicKey(publicKey).toString('base64')],
    ['all zero', '00'.repeat(32)],
    ['empty', ''],
  ])('a public key that is %s verifies nothing', (_what, other) => {
    expect(verify({ scheme, headers, secret: other })).toBe(false);
  });
});

describe('a token', () => {
  const scheme: SigningScheme = { kind: 'token', header: 'Authorization', prefix: 'Bearer ', query: 'access_token' };
  const withQuery = (token: string, headers: Record<string, string> = {}): boolean =>
    verifySignature({
      schemes: [scheme],
      request: { ...signedRequest(headers, body), query: new URLSearchParams({ access_token: token }) },
      secret,
      nowMs,
    });

  it('is the secret itself, in its header or where the URL may hold it', () => {
    expect(verify({ scheme, headers: { Authorization: `Bearer ${secret}` } })).toBe(true);
    expect(withQuery(secret)).toBe(true);
    expect(withQuery(`${secret}x`)).toBe(false);
  });

  it('in the header wins over one in the URL', () => {
    expect(withQuery(secret, { Authorization: 'Bearer wrong' })).toBe(false);
  });

  it.each([
    '',
    'Bearer ',
    `bearer ${secret}`,
    `Bearer  ${secret}`,
    secret,
    `Bearer ${secret}, Bearer ${secret}`,
  ])('that reads %j is refused', (text) => {
    expect(verify({ scheme, headers: { Authorization: text } })).toBe(false);
  });

  it('an empty secret is nobody’s token', () => {
    expect(verify({ scheme, headers: { Authorization: 'Bearer ' }, secret: '' })).toBe(false);
  });
});

describe('HTTP Basic', () => {
  const scheme: SigningScheme = { kind: 'basic' };
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each(['user:password', 'user:pass:word', 'tëst:123£'])('verifies %s', (credentials) => {
    expect(verify({ scheme, headers: { Authorization: basic(credentials) }, secret: credentials })).toBe(true);
  });

  it.each([
    ['another password', basic('user:passwore')],
    ['no password', basic('user')],
    ['none', null],
    ['not in base64', 'Basic user:password'],
    ['without padding', basic('user:password').replaceAll('=', '')],
    ['of another scheme', basic('user:password').replace('Basic', 'Bearer')],
    ['that came twice', `${basic('user:password')}, ${basic('user:password')}`],
    ['in UTF-16', `Basic ${Buffer.from('user:password', 'utf16le').toString('base64')}`],
  ])('credentials that are %s are refused', (_what, header) => {
    expect(verify({ scheme, headers: { Authorization: header }, secret: 'user:password' })).toBe(false);
  });

  it('a secret that is no pair verifies nothing', () => {
    expect(verify({ scheme, headers: { Authorization: basic('password') }, secret: 'password' })).toBe(false);
  });
});

describe('several schemes', () => {
  const whsec: SigningScheme = {
    kind: 'hmac',
    algorithm: 'sha256',
    header: 'Signature',
    encoding: 'base64',
    key: 'whsec',
  };
  const token: SigningScheme = { kind: 'token', header: 'Token' };
  const signingToken = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const check = (headers: Record<string, string>, value: string): boolean =>
    verifySignature({ schemes: [whsec, token], request: signedRequest(headers, body), secret: value, nowMs });

  it('the form of the secret decides which one counts: there is no falling back', () => {
    const signature = createHmac('sha256', Buffer.alloc(32, 1)).update(body).digest('base64');

    expect(check({ Signature: signature }, signingToken)).toBe(true);
    expect(check({ Token: signingToken }, signingToken)).toBe(false);
    expect(check({ Token: 'a plain token of GitLab' }, 'a plain token of GitLab')).toBe(true);
  });

  it.each([
    ['whsec_', false],
    ['whsec_c2hvcnQ=', false],
    ['whsec_not base64', false],
    [signingToken, true],
    [signingToken.slice(6), false],
  ])('%s is a signing token: %s', (value, expected) => {
    expect(isSecretForm([whsec], value)).toBe(expected);
  });
});
