/** Where a sender says when it signed, and how old or early that may be. */
export interface TimestampRule {
  readonly header: string;
  /** The header is a comma list, and the timestamp its one item that begins so, e.g. `t=`. */
  readonly item?: string | undefined;
  readonly format: 'seconds' | 'milliseconds' | 'rfc3339';
  /** Both into the past and into the future; absent when the sender states no window: then only the form is checked. */
  readonly toleranceSeconds?: number | undefined;
}

const separators = { comma: ',', 'comma-space': /, ?/, space: ' ' } as const;

/** How a sender separates what it lists in one header. */
export type ListForm = keyof typeof separators;

/** The items of a header that holds a list, as its sender documents it. */
export const listItems = (text: string, list: ListForm): readonly string[] => text.split(separators[list]);

/** What is signed, and where the signature stands. */
interface SignatureRule {
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** What stands before each signature, e.g. `sha256=`; items of a list that begin otherwise are skipped. */
  readonly prefix?: string | undefined;
  /** The header may hold several signatures, separated so, of which one must be right; absent: one, and nothing else. */
  readonly list?: ListForm | undefined;
  /** `{body}`, `{timestamp}` and `{id}` stand for the raw bytes and for headers' text as sent; absent: `{body}`. */
  readonly signedBytes?: string | undefined;
  /** The header that `{id}` stands for. */
  readonly idHeader?: string | undefined;
  /** The header that `{timestamp}` stands for. */
  readonly timestamp?: TimestampRule | undefined;
}

/** Both sides hold the same key (RFC 2104). */
export interface HmacScheme extends SignatureRule {
  readonly kind: 'hmac';
  readonly algorithm: 'sha256' | 'sha512';
  /** How the secret's text becomes the key: its own UTF-8 bytes, base64, or base64 after `whsec_`. */
  readonly key: 'text' | 'base64' | 'whsec';
}

/** The sender holds the private key; the secret is its 32-byte public key (RFC 8032) in hex, base64, or base64 after `whpk_`. */
export interface Ed25519Scheme extends SignatureRule {
  readonly kind: 'ed25519';
  readonly key: 'hex' | 'base64' | 'whpk';
}

/** The sender repeats the secret itself, which says nothing about the body. */
export interface TokenScheme {
  readonly kind: 'token';
  readonly header: string;
  /** What stands before the token, e.g. `Bearer `. */
  readonly prefix?: string | undefined;
  /** Tokens are letters, digits, `_` and `-` only; absent: any text. */
  readonly alphabet?: 'base64url' | undefined;
  /** A parameter of the URL that may hold it instead, e.g. `access_token`. */
  readonly query?: string | undefined;
}

/** HTTP Basic (RFC 7617); the secret is `user:password`. */
export interface BasicScheme {
  readonly kind: 'basic';
}

/** How a sender proves that a delivery is its own: everything is fixed here, and nothing is the sender's to choose. */
export type SigningScheme = HmacScheme | Ed25519Scheme | TokenScheme | BasicScheme;

/** What a signature is checked against: the request as it arrived. */
export interface SignedRequest {
  readonly headers: { get(name: string): string | null };
  /** The parameters of the URL; absent counts as none. */
  readonly query?: { get(name: string): string | null } | undefined;
  readonly body: Buffer;
}
