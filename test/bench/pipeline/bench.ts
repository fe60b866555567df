import { githubPayloads } from '../support/github-payloads.js';
import { isQuick } from '../support/is-quick.js';
import { median } from '../support/median.js';
import { type Ratio, type Row, ratio, reportPart } from '../support/report-part.js';
import { measure } from './measure.js';
import { createSubjects } from './subjects.js';

/** CPU per webhook of everything but the network, against the handler written by hand and against the floor. */
const measuring = isQuick ? { rounds: 5, roundMicroseconds: 50_000 } : { rounds: 11, roundMicroseconds: 200_000 };

const rows: Row[] = [];
const ratios: Ratio[] = [];

/** Round by round, so that both sides of each ratio had the same moment of the machine. */
const medianRatio = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((figure, round) => figure / (theirs[round] ?? Number.NaN)));

const subjectsOf = createSubjects();

for (const payload of githubPayloads()) {
  const figures = await measure(subjectsOf(payload), measuring);
  const [ours = [], byHand = [], floor = []] = [...figures.values()];
  const overByHand = medianRatio(ours, byHand);
  const overFloor = medianRatio(ours, floor);
  rows.push({
    payload: payload.name,
    bytes: payload.body.length,
    'Breakwater, µs': median(ours),
    'by hand, µs': median(byHand),
    'floor, µs': median(floor),
    'over by hand': overByHand,
    'over the floor': overFloor,
  });
  if (payload.body.length < 10_000) continue;
  ratios.push(
    ratio({ name: `${payload.name}: CPU over by hand`, value: overByHand, atMost: 1 }),
    ratio({ name: `${payload.name}: CPU over the floor`, value: overFloor, atMost: 1.35 }),
  );
}

reportPart({ part: 'pipeline', rows, ratios });
