/** When a life ends: at so many calls from now, the last of them without effect, or with an effect that nobody hears of. */
export interface Death {
  readonly calls: number;
  readonly when: 'before' | 'after';
}

const never = new Promise<never>(() => {});

/** The life of one instance: once it is over no call has an effect and nobody hears of one, as after a SIGKILL. */
export class Life {
  #death: Death | undefined;
  #calls = 0;
  #over = false;

  get isOver(): boolean {
    return this.#over;
  }

  endAt(death: Death): void {
    this.#death = death;
    this.#calls = 0;
  }

  end(): void {
    this.#over = true;
  }

  async call(work: () => unknown): Promise<unknown> {
    const isLast = this.#death !== undefined && this.#calls === this.#death.calls;
    this.#calls += 1;
    if (isLast && this.#death?.when === 'before') this.#over = true;
    if (this.#over) return never;
    try {
      return await work();
    } finally {
      if (isLast) this.#over = true;
      if (this.#over) await never;
    }
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const heard = (value: unknown, life: Life): unknown => {
  if (Array.isArray(value)) return value.map((each) => heard(each, life));
  return isObject(value) && Object.values(value).some((each) => typeof each === 'function')
    ? mortal(value, life)
    : value;
};

/** A port whose calls, and those of what it answers, are made by a life. */
export const mortal = <T extends object>(port: T, life: Life): T =>
  new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== 'function') return value;
      return (...args: readonly unknown[]): unknown => {
        let answer: unknown;
        const work = (): unknown => {
          answer = Reflect.apply(value, target, args);
          return answer;
        };
        // A method that answers at once, such as the opening of a receiver, is no call of the network.
        if (key === 'open') return heard(work(), life);
        return life.call(work).then((result) => heard(result, life));
      };
    },
  });
