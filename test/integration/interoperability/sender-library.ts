import type { SignedDelivery } from '../../../local/senders/sender.js';

/** What a signature is made over. */
export interface ToSign {
  readonly body: string;
  readonly deliveryId: string;
  /** In the form that the provider's scheme asks for. */
  readonly secret: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
}

/** What a sender publishes for its receivers: how it verifies, and how it signs where it says that too. */
export interface SenderLibrary {
  /** The package, as it is installed. */
  readonly library: string;
  readonly provider: string;
  /** Its signature's headers; absent where the library only verifies. */
  readonly sign?: (toSign: ToSign) => Promise<Readonly<Record<string, string>>>;
  /** Its verdict on what our sender signed. */
  verifies(delivery: SignedDelivery, secret: string): Promise<boolean>;
}

/** Libraries throw to refuse. */
export const withoutThrowing = async (verify: () => unknown): Promise<boolean> => {
  try {
    return (await verify()) !== false;
  } catch {
    return false;
  }
};
