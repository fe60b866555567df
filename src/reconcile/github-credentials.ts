import { createPrivateKey, createSign } from 'node:crypto';

/** GitHub refuses a JWT that is valid for longer than ten minutes; a minute back allows for a clock that is ahead. */
const backSeconds = 60;
const aheadSeconds = 540;

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/**
 * The token by which a GitHub App names itself: a JWT, signed RS256 (GitHub, "Generating a JSON Web Token for a GitHub App").
 * `privateKey` is PEM text; `undefined` when it is none.
 */
export const appToken = (appId: string, privateKey: string, epochMs: number): string | undefined => {
  const nowSeconds = Math.floor(epochMs / 1_000);
  const claims = { iat: nowSeconds - backSeconds, exp: nowSeconds + aheadSeconds, iss: appId };
  const signed = `${encoded({ alg: 'RS256', typ: 'JWT' })}.${encoded(claims)}`;
  try {
    // Where secrets are kept, line feeds of a PEM text are often written as two characters.
    const key = createPrivateKey(privateKey.replaceAll('\\n', '\n'));
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
  } catch {
    return undefined;
  }
};
