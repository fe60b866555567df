const printableAscii = /^[\x20-\x7e]{1,256}$/;

/** Media type without parameters, lower case; `undefined` when the header is missing or no text a sender would write. */
const mediaType = (header: string | null): string | undefined =>
  header !== null && printableAscii.test(header) ? header.split(';', 1)[0]?.trim().toLowerCase() : undefined;

/** Whether the provider ever sends this `Content-Type`, in the only encoding that is read: identity. */
export const isAcceptedContent = (
  headers: { get(name: string): string | null },
  contentTypes: readonly string[],
): boolean => {
  const type = mediaType(headers.get('content-type'));
  const encoding = headers.get('content-encoding')?.trim().toLowerCase();
  return type !== undefined && contentTypes.includes(type) && (encoding === undefined || encoding === 'identity');
};
