import type { SentDelivery } from '../../senders/send-all.js';
import { alignColumns } from '../terminal/columns.js';
import type { LabelledSample } from './choose-samples.js';
import { describeStatus, hintFor, isAccepted, refusalCode } from './describe-answer.js';

const longestList = 50;

const answerOf = ({ outcome }: SentDelivery<LabelledSample>): string => describeStatus(outcome);

const countByAnswer = (sent: readonly SentDelivery<LabelledSample>[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const each of sent) counts.set(answerOf(each), (counts.get(answerOf(each)) ?? 0) + 1);
  return counts;
};

export interface Summary {
  readonly sent: readonly SentDelivery<LabelledSample>[];
  readonly unexpected: readonly SentDelivery<LabelledSample>[];
  readonly seconds: number;
  readonly provider: string;
}

/** Of what was not expected, and of what was taken but not served as usual. */
const hintLines = ({ sent, unexpected, provider }: Summary): readonly string[] => {
  const accepted = sent.filter(({ outcome }) => isAccepted(outcome));
  const hints = [...unexpected, ...accepted]
    .map(({ outcome }) => hintFor(outcome, provider))
    .filter((hint) => hint !== undefined);
  return [...new Set(hints)].map((hint) => `  → ${hint}`);
};

/** How many had which answer, how long it took, and each delivery whose answer was not the expected one. */
export const summarize = (summary: Summary): readonly string[] => {
  const { sent, unexpected, seconds } = summary;
  const rate = Math.round(sent.length / Math.max(seconds, 0.001));
  const counts = [...countByAnswer(sent)].map(([answer, count]) => [`  ${answer}`, count]);
  const listed = unexpected
    .slice(0, longestList)
    .map((each) => [`  ${each.item.label}`, answerOf(each), refusalCode(each.outcome)]);
  return [
    `${sent.length} deliveries in ${seconds.toFixed(1)} s (${rate} a second)`,
    ...alignColumns(counts),
    ...(unexpected.length > 0 ? ['Not as expected:', ...alignColumns(listed)] : []),
    ...hintLines(summary),
    ...(unexpected.length > longestList ? [`  … and ${unexpected.length - longestList} more`] : []),
  ];
};
