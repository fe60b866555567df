/** One thing to send, not yet signed: what happened, and the very bytes of the payload. */
export interface Sample {
  readonly event: string;
  readonly action?: string;
  readonly body: Buffer;
  /** Absent: JSON. */
  readonly contentType?: string;
  /** What the sender sets beside its signature; absent: as for its other samples of that event. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface DeliveryToSign {
  readonly sample: Sample;
  readonly deliveryId: string;
  readonly secret: string;
  /** Send the JSON inside a form, as senders that can do both do when asked to. */
  readonly form: boolean;
  /** When it is sent, in milliseconds since the epoch. */
  readonly nowMs: number;
}

/** One request, ready to be posted: every header that the sender sets, and the bytes it signed. */
export interface SignedDelivery {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Plays one provider: has its sample events, and signs as it does. Adding a provider adds one of these. */
export interface Sender {
  /** The `{provider}` of the webhook route. */
  readonly provider: string;
  /** The headers that carry the signature. */
  readonly signatureHeaders: readonly string[];
  /** What its deliveries prove beyond knowing the secret: that the body is the one sent, and that it was sent just now. */
  proves(secret: string): { readonly body: boolean; readonly time: boolean };
  /** Every sample event there is, in a fixed order. */
  samples(): readonly Sample[];
  sign(delivery: DeliveryToSign): SignedDelivery;
}
