import { hash } from 'node:crypto';
import { namePattern } from '../text/text.js';

/** All that is known of a record without reading it. */
export interface QuarantineEntry {
  readonly name: string;
  readonly provider: string;
  /** Stands for the network of the client, of which nothing else can be told from it. */
  readonly network: string;
  /** When the delivery came, in milliseconds since the epoch. */
  readonly arrivedMs: number;
  readonly bytes: number;
}

interface NameParts {
  readonly provider: string;
  readonly receivedAt: Date;
  readonly network: string;
  /** Grows with each record that this process writes. */
  readonly sequence: number;
  /** Tells records of different processes apart. */
  readonly unique: string;
}

/** The part of a record's name that stands for a client network. */
export const networkMark = (network: string): string => hash('sha256', network, 'hex').slice(0, 16);

/** `{provider}/{yyyy}/{MM}/{dd}/{HHmmssSSS}-{sequence}-{network}-{unique}.delivery`: names of one provider ascend with arrival (UTC). */
export const quarantineName = ({ provider, receivedAt, network, sequence, unique }: NameParts): string => {
  const [date = '', clock = ''] = receivedAt.toISOString().split('T');
  const time = clock.replaceAll(/\D/g, '');
  const place = String(sequence % 1e9).padStart(9, '0');
  const mark = hash('sha256', unique, 'hex').slice(0, 16);
  return `${provider}/${date.replaceAll('-', '/')}/${time}-${place}-${network}-${mark}.delivery`;
};

const nameForm = new RegExp(
  String.raw`^(?<provider>${namePattern})/(?<day>\d{4}/\d\d/\d\d)/(?<h>\d\d)(?<m>\d\d)(?<s>\d\d)(?<ms>\d{3})-\d{9}-(?<network>[0-9a-f]{16})-[0-9a-f]{16}\.delivery$`,
);

/** What a name and a size say; `undefined` for a name that no record has. */
export const entryOf = (name: string, bytes: number): QuarantineEntry | undefined => {
  const { provider = '', day = '', h, m, s, ms, network = '' } = nameForm.exec(name)?.groups ?? {};
  const arrivedMs = Date.parse(`${day.replaceAll('/', '-')}T${h}:${m}:${s}.${ms}Z`);
  return Number.isNaN(arrivedMs) ? undefined : { name, provider, network, arrivedMs, bytes };
};
