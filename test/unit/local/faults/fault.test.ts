import { describe, expect, test } from 'vitest';
import { type Fault, faultUsage, formatFault, parseFault } from '../../../../local/faults/fault.js';

const faults: readonly (readonly [string, Fault])[] = [
  ['none', { kind: 'none' }],
  ['refuse', { kind: 'refuse' }],
  ['reset', { kind: 'reset' }],
  ['hang', { kind: 'hang' }],
  ['slow 250', { kind: 'slow', delayMs: 250 }],
  ['slow 0', { kind: 'slow', delayMs: 0 }],
  ['drop-after 4096', { kind: 'drop-after', bytes: 4096 }],
  ['error 503', { kind: 'error', status: 503 }],
];

describe('fault', () => {
  test.each(faults)('fault: "%s" is read, and written the same way', (text, fault) => {
    expect(parseFault(text.split(' '))).toEqual({ kind: 'fault', fault });
    expect(formatFault(fault)).toBe(text);
  });

  test.each([
    [
      [],
      'There is no fault ""; there are: none, refuse, reset, hang, slow <milliseconds>, drop-after <bytes>, error <status>',
    ],
    [['crash'], 'There is no fault "crash"; there are:'],
    [['constructor'], 'There is no fault "constructor"'],
    [['hang', '5'], '"hang 5" says too much; expected: hang'],
    [['slow', '5', 'ms'], '"slow 5 ms" says too much; expected: slow <milliseconds>'],
    [['slow'], 'slow needs a whole number of milliseconds from 0 to 600000, not ""'],
    [['slow', '-1'], 'slow needs a whole number of milliseconds from 0 to 600000, not "-1"'],
    [['slow', '1e3'], 'slow needs a whole number of milliseconds from 0 to 600000, not "1e3"'],
    [['slow', '600001'], 'slow needs a whole number of milliseconds from 0 to 600000, not "600001"'],
    [['drop-after', '0x10'], 'drop-after needs a whole number of bytes from 0 to 1000000000000, not "0x10"'],
    [['error'], 'error needs a status, one of 401, 403, 404, 429, 500, 503, not ""'],
    [['error', '402'], 'error needs a status, one of 401, 403, 404, 429, 500, 503, not "402"'],
  ])('fault: %j is refused with what was expected', (words, problem) => {
    const parsed = parseFault(words);

    expect(parsed.kind === 'invalid' && parsed.problem).toContain(problem);
  });

  test('fault: the usage names every fault once', () => {
    expect(faultUsage).toEqual([
      ...['none', 'refuse', 'reset', 'hang'],
      ...['slow <milliseconds>', 'drop-after <bytes>', 'error <status>'],
    ]);
  });
});
