import { createHash, randomBytes } from 'node:crypto';
import { schnorr } from '@noble/curves/secp256k1.js';
import * as z from 'zod';

const eventSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{64}$/),
  pubkey: z.string().regex(/^[0-9a-f]{64}$/),
  created_at: z.int(),
  kind: z.int(),
  tags: z.array(z.array(z.string())),
  content: z.string(),
  sig: z.string().regex(/^[0-9a-f]{128}$/),
});

export type NostrEvent = z.infer<typeof eventSchema>;

export type NostrLogin =
  | { readonly ok: true; readonly session: string; readonly pubkey: string; readonly isPowerUser: boolean }
  | { readonly ok: false; readonly reason: 'malformed' | 'stale' | 'wrong-challenge' | 'wrong-signature' };

export interface NostrIdentityOptions {
  /** Public keys, in hex, of those who may do more. */
  readonly powerUsers: readonly string[];
  readonly nowMs: () => number;
  /** How old a signed challenge may be, and how long a session lasts. */
  readonly maxAgeMs: number;
  readonly sessionMs: number;
}

/** The id of an event: the SHA-256 of its serialization (NIP-01). */
const idOf = ({ pubkey, created_at, kind, tags, content }: NostrEvent): string =>
  createHash('sha256')
    .update(JSON.stringify([0, pubkey, created_at, kind, tags, content]))
    .digest('hex');

const isSigned = (event: NostrEvent): boolean => {
  try {
    return (
      idOf(event) === event.id &&
      schnorr.verify(Buffer.from(event.sig, 'hex'), Buffer.from(event.id, 'hex'), Buffer.from(event.pubkey, 'hex'))
    );
  } catch {
    return false;
  }
};

/** Log-in by a signed event (BIP-340 signature, kind 22242 as in NIP-42): each challenge is good for one session. */
export const createNostrIdentity = ({ powerUsers, nowMs, maxAgeMs, sessionMs }: NostrIdentityOptions) => {
  const challenges = new Map<string, number>();
  const sessions = new Map<string, { readonly pubkey: string; readonly endsMs: number }>();
  const token = (): string => randomBytes(32).toString('base64url');
  return {
    challenge: (): string => {
      for (const [known, madeMs] of challenges) if (nowMs() - madeMs > maxAgeMs) challenges.delete(known);
      const made = token();
      challenges.set(made, nowMs());
      return made;
    },
    logIn: (signed: unknown): NostrLogin => {
      const event = eventSchema.safeParse(signed).data;
      if (event === undefined || event.kind !== 22_242) return { ok: false, reason: 'malformed' };
      if (Math.abs(nowMs() - event.created_at * 1_000) > maxAgeMs) return { ok: false, reason: 'stale' };
      if (!isSigned(event)) return { ok: false, reason: 'wrong-signature' };
      const challenge = event.tags.find(([name]) => name === 'challenge')?.[1] ?? '';
      const madeMs = challenges.get(challenge);
      if (madeMs === undefined || nowMs() - madeMs > maxAgeMs) return { ok: false, reason: 'wrong-challenge' };
      challenges.delete(challenge);
      const session = token();
      sessions.set(session, { pubkey: event.pubkey, endsMs: nowMs() + sessionMs });
      return { ok: true, session, pubkey: event.pubkey, isPowerUser: powerUsers.includes(event.pubkey) };
    },
    /** Whose session it is; `undefined` for none, and for one that is over. */
    whoIs: (session: string): string | undefined => {
      const found = sessions.get(session);
      if (found !== undefined && found.endsMs > nowMs()) return found.pubkey;
      sessions.delete(session);
      return undefined;
    },
  };
};
