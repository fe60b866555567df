import { hash } from 'node:crypto';
import type { SessionKeys } from '../providers/provider.js';
import type { Bot } from './bot.js';

/** What Service Bus takes as a session id, and every log and header can show. */
const plainKey = /^[\x20-\x7e]{1,128}$/;

const fitted = (key: string): string => (plainKey.test(key) ? key : hash('sha256', key, 'hex'));

/** The session that keeps a bot's events in order, `undefined` for a bot that is not ordered. Unfit keys are hashed (SHA-256, hex). */
export const sessionKeyFor = (bot: Pick<Bot, 'ordered' | 'orderBy'>, keys: SessionKeys): string | undefined =>
  bot.ordered ? fitted(keys[bot.orderBy]) : undefined;

/** The envelope's `partitionkey`: the session key of a bot ordered by entity. */
export const partitionKeyOf = (keys: SessionKeys): string => fitted(keys.entity);

/** All keys as sessions will have them: what is stored of them stays short, and fitting again changes nothing. */
export const fittedKeys = ({ entity, repository, source }: SessionKeys): SessionKeys => ({
  entity: fitted(entity),
  repository: fitted(repository),
  source: fitted(source),
});
