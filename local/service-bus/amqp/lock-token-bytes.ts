/** Swaps the bytes of a UUID's first three groups, as .NET writes a Guid. Its own inverse. */
function swapped(uuid: Buffer): Buffer {
  const bytes = Buffer.from(uuid);
  bytes.subarray(0, 4).reverse();
  bytes.subarray(4, 6).reverse();
  bytes.subarray(6, 8).reverse();
  return bytes;
}

/** The delivery tag that says which lock token (hex, RFC 9562 order) a delivery carries: a Guid in .NET's byte order. */
export function deliveryTagOf(token: string): Buffer {
  return swapped(Buffer.from(token, 'hex'));
}

/** The lock token that a delivery tag stands for. */
export function lockTokenOf(deliveryTag: Buffer | string): string {
  return swapped(Buffer.from(deliveryTag)).toString('hex');
}
