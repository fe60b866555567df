import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateValues } from '../../../src/observability/telemetry/reporting.js';
import { createMemoryApp } from '../../support/memory-app.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/telemetry.md'), 'utf8');
const quoted = [...page.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const memory = createMemoryApp();
await memory.github('issues', { action: 'opened' });

describe('the page of telemetry', () => {
  it('names the metrics that are told, and no other', () => {
    const told = new Set(memory.telemetry.metrics().map(({ name }) => name));

    expect(new Set(quoted.filter((text) => text.startsWith('breakwater_')))).toEqual(told);
  });

  it('names the fields for the durations of the stages, and no other', () => {
    const [event] = memory.telemetry.events();
    const told = Object.keys(event?.fields ?? {}).filter((field) => field.endsWith('Ms') && field !== 'durationMs');

    expect(quoted.filter((text) => /^[a-z]+Ms$/.test(text)).toSorted()).toEqual(told.toSorted());
  });

  it('names the calls that are told as dependencies, by name and type', () => {
    for (const { name, type } of memory.telemetry.dependencies()) {
      expect(quoted).toEqual(expect.arrayContaining([name, type]));
    }
  });

  it('says what the numbers of a state mean', () => {
    const meanings = Object.entries(stateValues).map(([state, value]) => `${value} ${state}`);

    expect(page).toContain(meanings.join(', '));
  });
});
