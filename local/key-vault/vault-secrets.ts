import type { StoredVersion, VaultState } from './vault-state.js';

/** What a caller may choose of a version. Times are whole seconds since 1970. */
export interface VersionProperties {
  readonly enabled?: boolean | undefined;
  readonly nbf?: number | undefined;
  readonly exp?: number | undefined;
  readonly contentType?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
}

export interface VaultSecretsPorts {
  readonly epochMs: () => number;
  readonly newVersion: () => string;
  /** Called after every change and awaited before it is answered. */
  readonly save: (state: VaultState) => Promise<void>;
}

const chosen = ({ enabled, nbf, exp, contentType, tags }: VersionProperties): Partial<StoredVersion> => ({
  ...(enabled !== undefined && { enabled }),
  ...(nbf !== undefined && { nbf }),
  ...(exp !== undefined && { exp }),
  ...(contentType !== undefined && { contentType }),
  ...(tags !== undefined && { tags }),
});

/** The secrets of the local vault. A change is kept before it is answered; changes follow one another. */
export class VaultSecrets {
  readonly #ports: VaultSecretsPorts;
  #state: VaultState;
  #changes: Promise<unknown> = Promise.resolve();

  constructor(state: VaultState, ports: VaultSecretsPorts) {
    this.#state = state;
    this.#ports = ports;
  }

  get names(): readonly string[] {
    return [...this.#state.keys()].sort();
  }

  /** Oldest first; empty for a secret that is not there. */
  versions(name: string): readonly StoredVersion[] {
    return this.#state.get(name) ?? [];
  }

  /** One version, the latest unless told which. */
  find(name: string, version?: string): StoredVersion | undefined {
    const versions = this.versions(name);
    return version === undefined ? versions.at(-1) : versions.find((each) => each.version === version);
  }

  /** Adds a version. Two made in one second are dated a second apart, so that which is newer can be told. */
  set(name: string, value: string, properties: VersionProperties = {}): Promise<StoredVersion> {
    return this.#change(async () => {
      const versions = this.versions(name);
      const created = Math.max(this.#nowSeconds, (versions.at(-1)?.created ?? 0) + 1);
      const version = this.#ports.newVersion();
      const stored = { version, value, enabled: true, created, updated: created, ...chosen(properties) };
      await this.#keep(new Map(this.#state).set(name, [...versions, stored]));
      return stored;
    });
  }

  update(name: string, version: string, properties: VersionProperties): Promise<StoredVersion | undefined> {
    return this.#change(async () => {
      const found = this.find(name, version);
      if (found === undefined) return undefined;
      const updated = { ...found, ...chosen(properties), updated: this.#nowSeconds };
      const versions = this.versions(name).map((each) => (each === found ? updated : each));
      await this.#keep(new Map(this.#state).set(name, versions));
      return updated;
    });
  }

  /** Removes a secret with all its versions and answers the latest of them. */
  remove(name: string): Promise<StoredVersion | undefined> {
    return this.#change(async () => {
      const latest = this.find(name);
      if (latest === undefined) return undefined;
      await this.#keep(new Map([...this.#state].filter(([each]) => each !== name)));
      return latest;
    });
  }

  async #keep(state: VaultState): Promise<void> {
    await this.#ports.save(state);
    this.#state = state;
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changes.then(change);
    this.#changes = changed.catch(() => undefined);
    return changed;
  }

  get #nowSeconds(): number {
    return Math.floor(this.#ports.epochMs() / 1_000);
  }
}
