import { type Context, type ContextManager, ROOT_CONTEXT } from '@opentelemetry/api';

/** The present trace context, for the length of one synchronous call: recording takes no more. */
export class SynchronousContext implements ContextManager {
  #active: Context = ROOT_CONTEXT;

  active(): Context {
    return this.#active;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    active: Context,
    work: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const before = this.#active;
    this.#active = active;
    try {
      return work.apply(thisArg, args);
    } finally {
      this.#active = before;
    }
  }

  bind<T>(_active: Context, target: T): T {
    return target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    return this;
  }
}
