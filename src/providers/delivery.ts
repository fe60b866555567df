/** Request headers, looked up without regard to case. Repeated headers arrive joined by `, `. */
export interface DeliveryHeaders {
  get(name: string): string | null;
  /** In lower case, each once. */
  keys(): Iterable<string>;
}

/** One webhook request as it arrived: nothing parsed, nothing re-encoded. */
export interface Delivery {
  readonly headers: DeliveryHeaders;
  /** The parameters of the URL; absent counts as none. */
  readonly query?: DeliveryHeaders | undefined;
  readonly body: Buffer;
  readonly receivedAt: Date;
}
