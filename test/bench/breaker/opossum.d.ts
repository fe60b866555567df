declare module 'opossum' {
  /** What the benchmark uses of it: the package brings no types. */
  export default class CircuitBreaker<T> {
    constructor(
      action: () => Promise<T>,
      options: {
        readonly timeout: number | false;
        readonly resetTimeout: number;
        readonly volumeThreshold: number;
        readonly rollingPercentilesEnabled: boolean;
      },
    );
    fire(): Promise<T>;
    open(): void;
    shutdown(): void;
  }
}
