import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { drainStepsMs, longestEndMs } from '../../../src/composition/drain-handler.js';
import { readJson } from './read-bicep.js';

const level = z.enum(['Trace', 'Debug', 'Information', 'Warning', 'Error', 'Critical', 'None']);
const timeSpan = z.string().regex(/^([01]?\d|2[0-3]):[0-5]\d:[0-5]\d$/);

/** The rules of https://json.schemastore.org/host.json for what this file holds; whatever else it might hold is refused. */
const hostJson = z.strictObject({
  version: z.literal('2.0'),
  functionTimeout: timeSpan,
  logging: z.strictObject({
    logLevel: z.record(z.string().regex(/^(default|Function|Host\.(Function|Results|Aggregator))(\.[\w.*]+)?$/), level),
    applicationInsights: z.strictObject({
      samplingSettings: z.strictObject({
        isEnabled: z.boolean(),
        excludedTypes: z.string().regex(/^(Dependency|Event|Exception|PageView|Request|Trace)(;(?!;)\w+)*$/),
      }),
    }),
  }),
  extensions: z.strictObject({
    http: z.strictObject({
      routePrefix: z.string(),
      maxOutstandingRequests: z.int().min(-1),
      maxConcurrentRequests: z.int().min(-1),
      dynamicThrottlesEnabled: z.boolean(),
    }),
  }),
});

describe('host.json', () => {
  it('holds only what its published schema knows', () => {
    expect(hostJson.safeParse(readJson('host.json')).error?.issues).toBeUndefined();
  });

  it('lets no line of the audit trail, no failure and no request be sampled away', () => {
    const { logging } = hostJson.parse(readJson('host.json'));

    expect(logging.applicationInsights.samplingSettings.excludedTypes.split(';').toSorted()).toEqual(
      expect.arrayContaining(['Exception', 'Request', 'Trace']),
    );
    expect(logging.logLevel['Function.*.User']).toBe('Information');
    expect(logging.logLevel['Host.Function.Console']).toBe('Information');
  });

  it('stores none of the host’s own lines about each invocation', () => {
    expect(hostJson.parse(readJson('host.json')).logging.logLevel['Function']).toBe('Warning');
  });

  it('needs no extension bundle: without one the host starts where it can fetch nothing', () => {
    expect(readJson('host.json')).not.toHaveProperty('extensionBundle');
  });

  it('turns no webhook away for load: GitHub does not send again', () => {
    const { extensions } = hostJson.parse(readJson('host.json'));

    expect(extensions.http).toMatchObject({
      maxOutstandingRequests: -1,
      maxConcurrentRequests: -1,
      dynamicThrottlesEnabled: false,
    });
  });

  it('ends a function later than the longest run of the timer, all of its steps together', () => {
    const [hours = 0, minutes = 0] = hostJson.parse(readJson('host.json')).functionTimeout.split(':').map(Number);
    const steps = Object.values(drainStepsMs);
    const longestMs = steps.reduce((sum, stepMs) => sum + stepMs + longestEndMs, 0);

    expect((hours * 60 + minutes) * 60_000).toBeGreaterThan(longestMs);
  });
});
