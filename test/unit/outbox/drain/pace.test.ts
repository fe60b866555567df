import { describe, expect, it } from 'vitest';
import { Pace } from '../../../../src/outbox/drain/pace.js';

const times = (count: number, act: () => void): void => {
  for (let n = 0; n < count; n += 1) act();
};

describe('pace', () => {
  it('as many as allowed while the dependencies answer quickly, and never more', () => {
    const pace = new Pace(16);

    times(100, () => pace.delivered(20));

    expect(pace.limit).toBe(16);
  });

  it('a slow delivery halves it, and what was under way beside it does not halve it again', () => {
    const pace = new Pace(16);

    times(16, () => pace.delivered(5_000));

    expect(pace.limit).toBe(8);
  });

  it('dependencies that stay slow bring it down to one at a time, and never to none', () => {
    const pace = new Pace(16);

    times(100, () => pace.delivered(5_000));

    expect(pace.limit).toBe(1);
  });

  it('it comes back one by one, each after a full round of quick answers', () => {
    const pace = new Pace(4);
    times(4, () => pace.delivered(5_000));
    expect(pace.limit).toBe(2);

    times(2, () => pace.delivered(20));
    expect(pace.limit).toBe(3);
    times(2, () => pace.delivered(20));
    expect(pace.limit).toBe(3);
    times(1, () => pace.delivered(20));

    expect(pace.limit).toBe(4);
  });

  it('answers between quick and slow leave it where it is', () => {
    const pace = new Pace(4);
    times(4, () => pace.delivered(5_000));

    times(50, () => pace.delivered(1_500));

    expect(pace.limit).toBe(2);
  });
});
