import type { Container } from 'rhea';
import type { FaultSwitch } from './fault-switch.js';

/** One exchange of the SASL layer, as rhea drives it. */
interface SaslExchange {
  outcome: boolean | undefined;
  username: string | undefined;
  start(response: Buffer | undefined): void;
}

/** A mechanism that ends with the client's first word: nothing on this machine is secret. */
const admits = (isOpen: () => boolean) => (): SaslExchange => ({
  outcome: undefined,
  username: undefined,
  start() {
    this.outcome = isOpen();
  },
});

/**
 * Offers what Service Bus offers. `MSSBCBS` is what .NET, and with it the Functions host, asks for: a token follows on `$cbs`.
 * `PLAIN` takes any key name and key, unless the stand-in was told to refuse everyone.
 */
export function offerMechanisms(container: Container, faults: FaultSwitch): void {
  Object.assign(container.sasl_server_mechanisms, {
    MSSBCBS: admits(() => true),
    PLAIN: admits(() => faults.fault !== 'unauthorized'),
    ANONYMOUS: admits(() => true),
    EXTERNAL: admits(() => true),
  });
}
