/** Request headers, looked up without regard to case. Repeated headers arrive joined by `, `. */
export interface DeliveryHeaders {
  get(name: string): string | null;
  /** In lower case, each once. */
  keys(): Iterable<string>;
}

/** The text of a header. A header that came twice with the same value arrives joined by a comma, and counts once. */
export const headerText = (headers: DeliveryHeaders, name: string): string | null => {
  const text = headers.get(name);
  if (text?.includes(',') !== true) return text;
  const [first = '', ...others] = text.split(',').map((part) => part.trim());
  return others.every((other) => other === first) ? first : text;
};

/** One webhook request as it arrived: nothing parsed, nothing re-encoded. */
export interface Delivery {
  readonly headers: DeliveryHeaders;
  /** The parameters of the URL; absent counts as none. */
  readonly query?: DeliveryHeaders | undefined;
  readonly body: Buffer;
  readonly receivedAt: Date;
}
