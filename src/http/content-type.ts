/** No comma but inside quotes: a header that was sent twice arrives joined by one, and would be two types. */
const printableAscii = /^(?=.{1,256}$)(?:[\x20\x21\x23-\x2b\x2d-\x7e]|"[\x20\x21\x23-\x7e]*")+$/;

/** Media type without parameters, lower case; `undefined` when the header is missing, repeated or no text a sender would write. */
const mediaType = (header: string | null): string | undefined =>
  header !== null && printableAscii.test(header) ? header.split(';', 1)[0]?.trim().toLowerCase() : undefined;

/** Some senders say their charset here, or nothing, and send plain bytes. */
const plainEncodings: ReadonlySet<string> = new Set(['', 'identity', 'utf-8', 'utf8']);

const isPlain = (header: string | null): boolean =>
  (header ?? '').split(',').every((each) => plainEncodings.has(each.trim().toLowerCase()));

/** Whether its media type is text, or there is none: for payloads of which it says all there is to know. */
export const isAnyContent = (headers: { get(name: string): string | null }): boolean => {
  const type = headers.get('content-type');
  return (type === null || mediaType(type) !== undefined) && isPlain(headers.get('content-encoding'));
};

/** Whether the provider ever sends this `Content-Type`, in the only encoding that is read: none. */
export const isAcceptedContent = (
  headers: { get(name: string): string | null },
  contentTypes: readonly string[],
): boolean => {
  const type = mediaType(headers.get('content-type'));
  return type !== undefined && contentTypes.includes(type) && isPlain(headers.get('content-encoding'));
};
