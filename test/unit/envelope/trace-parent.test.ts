import { describe, expect, it } from 'vitest';
import { continueTrace } from '../../../src/envelope/event-identity.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const otherTrace = '0af7651916cd43dd8448eb211c80319c';
const callerSpan = '00f067aa0ba902b7';
const platformSpan = 'b7ad6b7169203331';
const newHex = (bytes: number): string => 'ab'.repeat(bytes);
const newSpan = newHex(8);

const continued = (incoming: string | null, platform?: string): string => continueTrace({ incoming, platform, newHex });

describe('trace context', () => {
  it("continues the caller's trace with a span of its own", () => {
    expect(continued(`00-${trace}-${callerSpan}-01`)).toBe(`00-${trace}-${newSpan}-01`);
  });

  it('takes the span of the platform when that continued the same trace', () => {
    const platform = `00-${trace}-${platformSpan}-00`;

    expect(continued(`00-${trace}-${callerSpan}-01`, platform)).toBe(`00-${trace}-${platformSpan}-01`);
  });

  it("keeps the caller's trace when the platform began another", () => {
    const platform = `00-${otherTrace}-${platformSpan}-01`;

    expect(continued(`00-${trace}-${callerSpan}-00`, platform)).toBe(`00-${trace}-${newSpan}-00`);
  });

  it("is the platform's when the caller sent none", () => {
    const platform = `00-${otherTrace}-${platformSpan}-00`;

    expect(continued(null, platform)).toBe(platform);
  });

  it('begins anew, sampled, when nobody has one', () => {
    expect(continued(null)).toBe(`00-${newHex(16)}-${newSpan}-01`);
  });

  it('reads a later version by the fields it shares with the first', () => {
    expect(continued(`cc-${trace}-${callerSpan}-01-what-the-future-brings`)).toBe(`00-${trace}-${newSpan}-01`);
  });

  it('clears flags that have no meaning yet', () => {
    expect(continued(`00-${trace}-${callerSpan}-ff`)).toBe(`00-${trace}-${newSpan}-03`);
  });

  it.each([
    ['of zeros for a trace', `00-${'0'.repeat(32)}-${callerSpan}-01`],
    ['of zeros for a span', `00-${trace}-${'0'.repeat(16)}-01`],
    ['of version ff', `ff-${trace}-${callerSpan}-01`],
    ['with more fields than version 00 has', `00-${trace}-${callerSpan}-01-more`],
    ['of a later version without a separator', `cc-${trace}-${callerSpan}-01more`],
    ['in upper case', `00-${trace.toUpperCase()}-${callerSpan}-01`],
    ['too short', `00-${trace.slice(1)}-${callerSpan}-01`],
    ['sent twice', `00-${trace}-${callerSpan}-01, 00-${trace}-${callerSpan}-01`],
    ['surrounded by spaces', ` 00-${trace}-${callerSpan}-01 `],
    ['empty', ''],
  ])('ignores one %s', (_what, incoming) => {
    const platform = `00-${otherTrace}-${platformSpan}-01`;

    expect(continued(incoming, platform)).toBe(platform);
  });

  it('begins anew when the platform sent nonsense', () => {
    expect(continued(null, 'nonsense')).toBe(`00-${newHex(16)}-${newSpan}-01`);
  });
});
