import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { selectorsIn, unknownIn } from './metrics-in-expression.js';

const text = readFileSync(join(import.meta.dirname, '../../../infra/grafana/breakwater.json'), 'utf8');

const dashboardSchema = z.object({
  title: z.string(),
  uid: z.string(),
  panels: z.array(
    z.object({
      title: z.string(),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).min(1),
    }),
  ),
});

const { panels } = dashboardSchema.parse(JSON.parse(text));
const targets = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

describe('Grafana dashboard', () => {
  it.each(targets)('$title: names only metrics, labels and label values that exist: $expr', ({ expr }) => {
    expect(selectorsIn(expr).length).toBeGreaterThan(0);
    expect(unknownIn(expr)).toEqual([]);
  });

  it.each(targets)('$title: its legend names what it aggregates by: $expr', ({ expr, legendFormat }) => {
    const by = [...expr.matchAll(/by \(([^)]+)\)/g)].flatMap(([, labels = '']) => labels.split(', '));
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);

    expect(shown.filter((label) => !by.includes(label))).toEqual([]);
  });

  it('no panel lies on another', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_none, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
    );

    expect(new Set(cells).size).toBe(cells.length);
  });

  it('shows what waits, the oldest of it, and the timer', () => {
    const shown = targets.map(({ expr }) => expr).join();

    for (const metric of ['waiting[', 'waiting_oldest_seconds', 'waiting_copies', 'timer_last_run_timestamp_seconds']) {
      expect(shown).toContain(`breakwater_${metric}`);
    }
  });
});
