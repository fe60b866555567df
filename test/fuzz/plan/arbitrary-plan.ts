import fc from 'fast-check';
import type { BodyEdit, FuzzPlan, HeaderEdit, Target } from './fuzz-plan.js';
import { nastyHeaderNames, nastyHeaderValues, nastyJson, nastySegments } from './nasty-values.js';

const place = fc.double({ min: 0, max: 1, noNaN: true });
const someBytes = fc.uint8Array({ maxLength: 32 });

/** Mostly what a host lets pass: it refuses control characters and bytes that are not UTF-8 by itself. */
const headerText = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 40 }) },
  {
    weight: 3,
    arbitrary: fc.string({ unit: 'grapheme', maxLength: 10 }).map((text) => Buffer.from(text).toString('latin1')),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1')) },
);
const index = fc.nat({ max: 30 });

const bodyEdit: fc.Arbitrary<BodyEdit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('token' as const),
      at: place,
      text: fc.oneof(fc.constantFrom(...nastyJson), fc.json({ maxDepth: 3 })),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('splice' as const),
      at: place,
      remove: fc.nat({ max: 40 }),
      insert: someBytes,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('whole' as const),
      bytes: fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc.constantFrom(...nastyJson).map((text) => Buffer.from(text)),
        fc.json().map((text) => Buffer.from(`\ufeff${text}`)),
        fc.constantFrom(0, 65_535, 300_000).map((length) => Buffer.alloc(length, '[')),
      ),
    }),
  },
);

const headerValue = fc.oneof(fc.constantFrom(...nastyHeaderValues), headerText);

const headerEdit: fc.Arbitrary<HeaderEdit> = fc.oneof(
  fc.record({ kind: fc.constant('drop' as const), at: index }),
  fc.record({ kind: fc.constant('repeat' as const), at: index }),
  fc.record({ kind: fc.constant('set' as const), at: index, value: headerValue }),
  fc.record({ kind: fc.constant('splice' as const), at: index, where: place, insert: headerText }),
  fc.record({ kind: fc.constant('add' as const), name: fc.constantFrom(...nastyHeaderNames), value: headerValue }),
);

const query = fc.oneof(
  { weight: 8, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.webQueryParameters().map((text) => `?${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('?access_token=', '?access_token=x&access_token=y', '?%ff=%00', '?__proto__=1'),
  },
);

const segment = fc.oneof(fc.constantFrom(...nastySegments), fc.webSegment());

/** Paths that change nothing when they are reached without an operator's token. */
const otherPath = fc.oneof(
  { weight: 3, arbitrary: segment.map((text) => `/api/webhooks/${text}`) },
  segment.map((text) => `/api/events/${text}`),
  segment.map((text) => `/api/circuit-breakers/${text}/reset`),
  segment.map((text) => `/api/${text}`),
  fc.constantFrom('/api/events/replay', '/api/circuit-breakers/health', '/api/metrics', '/api/health', '/', '*', '//'),
);

const target: fc.Arbitrary<Target> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('own' as const), query }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('other' as const),
      method: fc.constantFrom(
        'POST',
        'POST',
        'POST',
        'POST',
        'POST',
        'GET',
        'OPTIONS',
        'PUT',
        'PATCH',
        'DELETE',
        'TRACE',
      ),
      path: otherPath,
    }),
  },
);

/** Requests near to genuine ones, and now and then far from them. */
export const arbitraryPlan: fc.Arbitrary<FuzzPlan> = fc.record({
  sender: fc.nat({ max: 999 }),
  sample: fc.nat({ max: 999 }),
  bodyEdits: fc.array(bodyEdit, { maxLength: 3 }),
  signsEdits: fc.boolean(),
  headerEdits: fc.array(headerEdit, { maxLength: 3 }),
  target,
  from: fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.nat({ max: 255 }), fc.nat({ max: 255 }), fc.integer({ min: 1, max: 254 })) },
    // One address that has failed too often, most of the time.
    { weight: 1, arbitrary: fc.constant([0, 0, 1] as const) },
  ),
});
