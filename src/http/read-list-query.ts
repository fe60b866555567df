import type { HttpRequest } from '@azure/functions';
import { type Outcome, outcomes } from '../operations/list-deliveries.js';
import { compileEventPatterns, isEventPattern } from '../routing/match-bots.js';
import { nameForm } from '../text/text.js';
import type { CommandReading } from './read-replay.js';

/** A place in a list: a moment, and a name among those of the same moment. */
export interface ListPlace {
  readonly time: string;
  readonly name: string;
}

/** What a list is asked for. */
export interface ListQuery {
  readonly provider: string | undefined;
  readonly type: string;
  readonly wantsType: (type: string) => boolean;
  readonly bot: string | undefined;
  readonly subject: string | undefined;
  readonly outcome: Outcome | undefined;
  /** The page begins with what is older. */
  readonly after: ListPlace | undefined;
  readonly limit: number;
}

const defaultLimit = 50;
const maxLimit = 200;
const maxSubjectLength = 200;

const limitForm = /^\d{1,3}$/;
const placeForm = /^(?<time>\d{4}-[\dT:.-]{5,30}Z) (?<name>.{0,1100})$/s;

/** A place as it goes into an answer, and into the next request. */
export const encodeCursor = ({ time, name }: ListPlace): string =>
  Buffer.from(`${time} ${name}`, 'utf8').toString('base64url');

const decodeCursor = (text: string): ListPlace | undefined => {
  const { time, name } = placeForm.exec(Buffer.from(text, 'base64url').toString('utf8'))?.groups ?? {};
  return time === undefined || name === undefined || Number.isNaN(Date.parse(time)) ? undefined : { time, name };
};

/** Years of four digits, which compare as text. */
const isMoment = (text: string): boolean => {
  const ms = Date.parse(text);
  return ms >= 0 && ms < Date.UTC(10_000, 0);
};

const isOutcome = (text: string): text is Outcome => outcomes.some((outcome) => outcome === text);

interface Named {
  /** Names of the bots and of the parameters that there are. */
  readonly bots: readonly string[];
  readonly parameters: readonly string[];
}

const problemsIn = (query: ReadonlyMap<string, string>, { bots, parameters }: Named) => {
  const checks: Readonly<Record<string, readonly [(text: string) => boolean, string]>> = {
    provider: [(text) => nameForm.test(text), 'the name of a provider'],
    type: [isEventPattern, 'a pattern such as github.pull_request or *'],
    bot: [(text) => bots.includes(text), `one of ${bots.join(', ')}`],
    subject: [(text) => text.length <= maxSubjectLength, `at most ${maxSubjectLength} characters`],
    outcome: [isOutcome, `one of ${outcomes.join(', ')}`],
    to: [isMoment, 'a date and time such as 2026-01-31T00:00:00Z'],
    cursor: [(text) => decodeCursor(text) !== undefined, 'the value of next in an earlier answer'],
    limit: [(text) => limitForm.test(text) && Number(text) >= 1 && Number(text) <= maxLimit, `1 to ${maxLimit}`],
  };
  return [...query].flatMap(([field, text]) => {
    if (!parameters.includes(field)) {
      return [{ field: field.slice(0, 80), detail: `expected one of ${parameters.join(', ')}` }];
    }
    const [isRight, expected] = checks[field] ?? [() => true, ''];
    return isRight(text) ? [] : [{ field, detail: `expected ${expected}` }];
  });
};

const parameters = ['provider', 'type', 'bot', 'subject', 'to', 'cursor', 'limit'] as const;

/** Reads the query of a list, or says everything that is wrong with it. An empty parameter is none; `code` is the host's own. */
export const readListQuery = (
  { query }: Pick<HttpRequest, 'query'>,
  { bots, withOutcome = false }: { readonly bots: readonly string[]; readonly withOutcome?: boolean },
): CommandReading<ListQuery> => {
  const given = new Map([...query].filter(([name, text]) => text !== '' && name.toLowerCase() !== 'code'));
  const known = withOutcome ? [...parameters, 'outcome'] : parameters;
  const errors = problemsIn(given, { bots, parameters: known });
  if (errors.length > 0) return { ok: false, errors };
  const type = given.get('type') ?? '*';
  const outcome = given.get('outcome');
  const to = given.get('to');
  const cursor = given.get('cursor');
  const fromTo = to === undefined ? undefined : { time: new Date(to).toISOString(), name: '' };
  return {
    ok: true,
    value: {
      provider: given.get('provider'),
      type,
      wantsType: compileEventPatterns([type]),
      bot: given.get('bot'),
      subject: given.get('subject'),
      outcome: outcome !== undefined && isOutcome(outcome) ? outcome : undefined,
      after: cursor === undefined ? fromTo : decodeCursor(cursor),
      limit: Number(given.get('limit') ?? defaultLimit),
    },
  };
};
