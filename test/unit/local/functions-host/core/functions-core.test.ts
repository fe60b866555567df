import { describe, expect, test } from 'vitest';
import { FunctionApp } from '../../../../../local/functions-host/core/function-app.js';
import { createFunctionsCore } from '../../../../../local/functions-host/core/functions-core.js';
import { invokeFunction } from '../../../../../local/functions-host/core/invoke-function.js';
import type {
  CoreInvocationContext,
  FunctionCallback,
  ProgrammingModel,
} from '../../../../../local/functions-host/core/programming-model.js';
import type {
  RpcInvocationRequest,
  RpcInvocationResponse,
} from '../../../../../local/functions-host/core/rpc-messages.js';
import type { HostLogEntry } from '../../../../../local/functions-host/host-log.js';

const request: RpcInvocationRequest = {
  invocationId: 'id-1',
  functionId: 'f',
  inputData: [],
  triggerMetadata: {},
  traceContext: { traceParent: '', traceState: '', attributes: {} },
  retryContext: null,
};

/** A programming model as small as one can be: one input, the result as text. */
const plainModel = (contexts: CoreInvocationContext[]): ProgrammingModel => ({
  name: 'plain',
  version: '1',
  getInvocationModel: (core) => {
    contexts.push(core);
    return {
      getArguments: async () => ({ context: { of: core.invocationId }, inputs: ['input'] }),
      invokeFunction: async (context, inputs, callback) => callback(...inputs, context),
      getResponse: async (_context, result) => ({ returnValue: { string: String(result) } }),
    };
  },
});

const set = (callback: FunctionCallback) => {
  const app = new FunctionApp();
  const lines: HostLogEntry[] = [];
  const log = (line: HostLogEntry): void => void lines.push(line);
  const core = createFunctionsCore(app, log);
  const contexts: CoreInvocationContext[] = [];
  core.setProgrammingModel(plainModel(contexts));
  core.registerFunction({ name: 'f', bindings: { trigger: { type: 'anyTrigger', direction: 'in' } } }, callback);
  const invoke = async (): Promise<RpcInvocationResponse> => {
    const target = app.functions.get('f');
    if (target === undefined) throw new Error('not registered');
    return invokeFunction({ app, log, target, request });
  };
  return { app, core, lines, contexts, invoke };
};

describe('functions core', () => {
  test('what is registered keeps its bindings, with a raw form beside them', () => {
    const { app } = set(() => undefined);

    expect(app.functions.get('f')?.metadata).toMatchObject({
      name: 'f',
      functionId: 'f',
      scriptFile: 'unknown',
      bindings: { trigger: { type: 'anyTrigger' } },
      rawBindings: ['{"type":"anyTrigger","direction":"in","name":"trigger"}'],
    });
  });

  test('a name is taken once', () => {
    const { core } = set(() => undefined);

    expect(() => core.registerFunction({ name: 'f', bindings: {} }, () => undefined)).toThrow(
      'already been registered',
    );
  });

  test('a disposed registration is gone, and its name free again', () => {
    const { app, core } = set(() => undefined);
    const registration = core.registerFunction({ name: 'g', bindings: {} }, () => undefined);

    registration.dispose();
    registration.dispose();

    expect([...app.functions.keys()]).toEqual(['f']);
    core.registerFunction({ name: 'g', bindings: {} }, () => undefined);
  });

  test('nothing can be registered or disposed once the app has started', () => {
    const { app, core } = set(() => undefined);
    const early = core.registerFunction({ name: 'g', bindings: {} }, () => undefined);
    app.lock();

    expect(() => core.registerFunction({ name: 'h', bindings: {} }, () => undefined)).toThrow('during app startup');
    expect(() => early.dispose()).toThrow('during app startup');
  });

  test('a hook that does not exist is refused with the error that libraries look for', () => {
    const { core } = set(() => undefined);

    for (const name of ['preinvocation', 'constructor', '']) {
      expect(() => core.registerHook(name, () => undefined)).toThrow(
        expect.objectContaining({ name: 'RangeError', isAzureFunctionsSystemError: true }),
      );
    }
  });

  test('Disposable.from disposes all its parts once', () => {
    const { core } = set(() => undefined);
    const disposed: string[] = [];
    const part = (name: string) => new core.Disposable(() => disposed.push(name));

    const whole = core.Disposable.from(part('a'), part('b'));
    whole.dispose();
    whole.dispose();

    expect(disposed).toEqual(['a', 'b']);
  });

  test('the programming model is what was set last', () => {
    const { core } = set(() => undefined);
    const model = plainModel([]);

    core.setProgrammingModel(model);

    expect(core.getProgrammingModel()).toBe(model);
  });
});

describe('invoking a function', () => {
  test('the handler gets inputs and context, its result becomes the response', async () => {
    const { invoke } = set((input, context) => `${input} ${JSON.stringify(context)}`);

    expect(await invoke()).toEqual({ returnValue: { string: 'input {"of":"id-1"}' } });
  });

  test('hooks run around the handler in the order of their registration and share their data', async () => {
    const order: string[] = [];
    const { core, invoke } = set(() => void order.push('handler'));
    core.registerHook('preInvocation', (context) => {
      Object.assign(Reflect.get(context, 'hookData'), { seen: 'by both' });
      order.push('before 1');
    });
    core.registerHook('preInvocation', async () => void order.push('before 2'));
    core.registerHook('postInvocation', (context) => {
      order.push(`after ${Reflect.get(context, 'hookData').seen}`);
    });

    await invoke();

    expect(order).toEqual(['before 1', 'before 2', 'handler', 'after by both']);
  });

  test('hooks may replace inputs, handler, result and error, and nothing else', async () => {
    const { core, invoke } = set(() => {
      throw new Error('never called');
    });
    core.registerHook('preInvocation', (context) => {
      Object.assign(context, { inputs: ['other'], functionCallback: (input: unknown) => `${input} handler` });
      expect(() => Object.assign(context, { hookData: {} })).toThrow("read only property 'hookData'");
      expect(() => Object.assign(context, { invocationContext: {} })).toThrow('read only');
    });
    core.registerHook('postInvocation', (context) => {
      Object.assign(context, { result: `${Reflect.get(context, 'result')}, changed` });
    });

    expect(await invoke()).toEqual({ returnValue: { string: 'other handler, changed' } });
  });

  test('an error of the handler reaches the hooks after it, and the caller unless a hook clears it', async () => {
    const fault = new Error('handler failed');
    const failing = set(() => Promise.reject(fault));
    await expect(failing.invoke()).rejects.toBe(fault);

    const cleared = set(() => Promise.reject(fault));
    cleared.core.registerHook('postInvocation', (context) => {
      expect(Reflect.get(context, 'error')).toBe(fault);
      Object.assign(context, { error: null, result: 'saved' });
    });

    expect(await cleared.invoke()).toEqual({ returnValue: { string: 'saved' } });
  });

  test('a hook before the handler that throws stops the invocation', async () => {
    let called = false;
    const { core, invoke } = set(() => {
      called = true;
    });
    core.registerHook('preInvocation', () => Promise.reject(new Error('not allowed')));

    await expect(invoke()).rejects.toThrow('not allowed');
    expect(called).toBe(false);
  });

  test('the state of the invocation can be read while it lasts', async () => {
    const states: unknown[] = [];
    const { core, contexts, invoke } = set(() => void states.push(contexts[0]?.state));
    core.registerHook('preInvocation', () => void states.push(contexts[0]?.state));
    core.registerHook('postInvocation', () => void states.push(contexts[0]?.state));

    await invoke();

    expect(states).toEqual(['preInvocationHooks', 'invocation', 'postInvocationHooks']);
    expect(contexts[0]?.state).toBeUndefined();
  });
});

describe('logging of an app', () => {
  test('lines of the app and of its library are kept apart by category', async () => {
    const { core, contexts, lines, invoke } = set(() => {
      contexts[0]?.log('information', 'user', 'from the handler');
      contexts[0]?.log('warning', 'system', 'from the library');
    });
    await invoke();
    core.log('debug', 'system', 'outside of any invocation');

    expect(lines).toEqual([
      { level: 'information', category: 'Function.f.User', message: 'from the handler', invocationId: 'id-1' },
      { level: 'warning', category: 'Function.f', message: 'from the library', invocationId: 'id-1' },
      { level: 'debug', category: 'Worker', message: 'outside of any invocation' },
    ]);
  });

  test('log hooks change lines of the app and not those of the system', () => {
    const { core, lines } = set(() => undefined);
    core.registerHook('log', (context) => Object.assign(context, { level: 'error', message: 'changed' }));

    core.log('debug', 'user', 'mine');
    core.log('debug', 'system', 'yours');

    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ['error', 'changed'],
      ['debug', 'yours'],
    ]);
  });

  test('a log hook that throws loses no line', () => {
    const { core, lines } = set(() => undefined);
    core.registerHook('log', () => {
      throw new Error('broken hook');
    });

    core.log('information', 'user', 'still here');

    expect(lines.map(({ message }) => message)).toEqual(['still here']);
  });

  test('a level of none prints nothing', () => {
    const { core, lines } = set(() => undefined);

    core.log('none', 'user', 'unheard');

    expect(lines).toEqual([]);
  });
});
