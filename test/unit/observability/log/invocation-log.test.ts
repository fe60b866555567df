import { describe, expect, it } from 'vitest';
import { createInvocationLog, type LogSink } from '../../../../src/observability/log/log.js';

const sinkInto = (lines: string[]): LogSink => {
  const keep = (line: string) => void lines.push(line);
  return { debug: keep, info: keep, warn: keep, error: keep };
};

const putOnTest = () => {
  const [outside, inside]: [string[], string[]] = [[], []];
  return { log: createInvocationLog(sinkInto(outside)), sink: sinkInto(inside), outside, inside };
};

describe('a line', () => {
  it('belongs to the invocation that it is written in, wherever in its calls', async () => {
    const { log, sink, outside, inside } = putOnTest();

    await log.run(sink, async () => {
      await Promise.resolve();
      log.write('info', 'in-time', {});
    });

    expect(inside).toEqual(['{"event":"in-time"}']);
    expect(outside).toEqual([]);
  });

  it('that no invocation runs for says its level itself', () => {
    const { log, outside } = putOnTest();

    log.write('warn', 'at-start', { stage: 'load' });

    expect(outside).toEqual(['{"event":"at-start","stage":"load","level":"warn"}']);
  });

  it.each([
    ['ended well', async () => {}],
    ['failed', () => Promise.reject(new Error('no'))],
  ])('of work that goes on after its invocation %s is not that invocation’s any more', async (_how, ending) => {
    const { log, sink, outside, inside } = putOnTest();
    const background = Promise.withResolvers<void>();
    let late: Promise<void> | undefined;

    await log
      .run(sink, () => {
        late = background.promise.then(() => log.write('error', 'breaker.opened', {}));
        return ending();
      })
      .catch(() => {});
    background.resolve();
    await late;

    expect(inside).toEqual([]);
    expect(outside).toEqual(['{"event":"breaker.opened","level":"error"}']);
  });
});
