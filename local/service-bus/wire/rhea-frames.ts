import rhea, { type Connection, type Typed } from 'rhea';

/* What is read differently from how rhea 3.0.5 reads it: frames on their way to its own handlers, which its types do not name. */

/** The format under which a plain message arrives, so that rhea hands it on without decoding it. */
export const rawMessageFormat = 0x7fff_0000;

/** Makes every message of a connection arrive as the bytes that were sent. */
export function keepMessagesRaw(connection: Connection): void {
  const onTransfer = connection['on_transfer'].bind(connection);
  connection['on_transfer'] = (frame: { readonly performative: { message_format: number | undefined } }) => {
    if (frame.performative.message_format === 0) frame.performative.message_format = rawMessageFormat;
    onTransfer(frame);
  };
}

interface FlowFields {
  handle: number | undefined;
  next_incoming_id: number | undefined;
  delivery_count: number | undefined;
}

/**
 * Fills in what a flow leaves out when its sender has not heard our begin or attach yet: both counts begin at 0 here. rhea
 * would calculate with nothing, and the credit would be lost (AMQP 1.0, part 2, section 2.7.4).
 */
export function takeEarlyCredit(connection: Connection): void {
  const onFlow = connection['on_flow'].bind(connection);
  connection['on_flow'] = (frame: { readonly performative: FlowFields }) => {
    const flow = frame.performative;
    flow.next_incoming_id ??= 0;
    if (typeof flow.handle === 'number') flow.delivery_count ??= 0;
    onFlow(frame);
  };
}

/** The address under which a transaction's coordinator is asked for: its attach names none. */
export const coordinatorAddress = '$coordinator';

const coordinatorDescriptors: readonly unknown[] = [0x30, 'amqp:coordinator:list'];

/** Makes an attach to a transaction's coordinator one to `coordinatorAddress`: rhea does not know this kind of target. */
export function nameCoordinators(connection: Connection): void {
  const { types } = rhea;
  const onAttach = connection['on_attach'].bind(connection);
  connection['on_attach'] = (frame: {
    readonly performative: { target: (Typed & { descriptor?: Typed }) | undefined };
  }) => {
    const { performative } = frame;
    if (coordinatorDescriptors.includes(performative.target?.descriptor?.value))
      performative.target = types.described(
        types.wrap_ulong(0x29),
        types.wrap_list([types.wrap_string(coordinatorAddress)]),
      );
    onAttach(frame);
  };
}
