import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DueMessages } from '../../../../local/service-bus/broker/due-messages.js';

test('due messages: come out by time, then by number, and never early', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(20)), fc.nat(20), (times, nowMs) => {
      const due = new DueMessages();
      const all = times.map((atMs, sequenceNumber) => ({ atMs, sequenceNumber }));
      for (const one of all) due.add(one);

      const taken = [...due.takeDue(nowMs)];

      const expected = all.filter(({ atMs }) => atMs <= nowMs).toSorted((a, b) => a.atMs - b.atMs);
      expect(taken).toEqual(expected.map(({ sequenceNumber }) => sequenceNumber));
      const later = all.filter(({ atMs }) => atMs > nowMs).map(({ atMs }) => atMs);
      expect(due.nextMs()).toBe(later.length === 0 ? undefined : Math.min(...later));
    }),
  );
});
