import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  archiveErrorRules,
  archiveVerdicts,
  classifyArchiveError,
} from '../../../src/archive/classify-archive-error.js';
import {
  classifyQueueError,
  queueErrorCodes,
  queueErrorNames,
  queueVerdicts,
} from '../../../src/routing/classify-queue-error.js';
import { classifySecretError, secretFaults } from '../../../src/secrets/classify-secret-error.js';

const page = readFileSync(join(import.meta.dirname, '../../../docs/error-classification.md'), 'utf8');

interface Row {
  readonly examples: readonly string[];
  readonly code: string;
  readonly verdict: string;
}

const section = (name: string): string =>
  new RegExp(`<!-- ${name} -->([\\s\\S]*?)<!-- /${name} -->`).exec(page)?.[1] ?? '';

const rowsOf = (name: string): readonly Row[] =>
  [...section(name).matchAll(/^\| (.+?) \| `([a-z-]+)` \| (failure|ignored) \|$/gm)].map(
    ([, thrown = '', code = '', verdict = '']) => ({ examples: thrown.split(', '), code, verdict }),
  );

const wordsIn = (text: string): readonly string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);

/** What a word of an example says of the error: an HTTP status, a named field, the error's name, or its code. */
const fieldsOf = (word: string): object => {
  if (/^\d{3}$/.test(word)) return { statusCode: Number(word) };
  const [field = '', value] = word.split(': ');
  if (field === 'innerError') return { details: { error: { innerError: { code: value } } } };
  if (field === 'retryable') return { retryable: value === 'true' };
  if (value !== undefined) return { [field]: value };
  return /Error$/.test(word) && word !== 'GeneralError' ? { name: word } : { code: word };
};

const thrownBy = (example: string, sdkName: string): unknown => {
  const words = wordsIn(example);
  if (words.length === 0) return new Error('never read');
  return Object.assign(new Error('never read'), { name: sdkName }, ...words.map(fieldsOf));
};

const dependencies = [
  { name: 'service-bus', sdkName: 'ServiceBusError', classify: classifyQueueError },
  { name: 'blob-storage', sdkName: 'RestError', classify: classifyArchiveError },
  { name: 'key-vault', sdkName: 'RestError', classify: classifySecretError },
] as const;

const examples = dependencies.flatMap(({ name, sdkName, classify }) =>
  rowsOf(name).flatMap((row) => row.examples.map((example) => ({ name, sdkName, classify, example, ...row }))),
);

/** `keys` that the section does not name. */
const unnamed = (name: string, keys: readonly string[]): readonly string[] => {
  const words = new Set(wordsIn(section(name)));
  return keys.filter((key) => !words.has(key));
};

const codesGiven = (name: string): readonly string[] => [...new Set(rowsOf(name).map(({ code }) => code))].sort();

describe('error classification page', () => {
  it.each(examples)('$name: $example is what the code says', ({ example, sdkName, classify, code, verdict }) => {
    const classified = classify(thrownBy(example, sdkName));

    expect({ code: classified.error.code, verdict: classified.verdict }).toEqual({ code, verdict });
  });

  it('reads every row of its tables', () => {
    const rows = dependencies.flatMap(({ name }) => section(name).match(/^\| .* \|$/gm) ?? []);

    expect(dependencies.flatMap(({ name }) => rowsOf(name))).toHaveLength(rows.length - 2 * dependencies.length);
  });

  it('names every error that the Service Bus adapter knows', () => {
    const keys = [...Object.keys(queueErrorCodes), ...Object.keys(queueErrorNames)];

    expect(unnamed('service-bus', keys)).toEqual([]);
  });

  it('names every error that the Blob Storage adapter knows', () => {
    const keys = archiveErrorRules.flatMap(({ when: { names = [], codes = [], statuses = [] } }) => [
      ...names,
      ...codes,
      ...statuses.map(String),
    ]);

    expect(unnamed('blob-storage', keys)).toEqual([]);
  });

  it('has an example for every rule of the Key Vault adapter', () => {
    const matched = examples
      .filter(({ name }) => name === 'key-vault')
      .map(({ example, sdkName }) => classifySecretError(thrownBy(example, sdkName)).error.message);

    const rules = [...secretFaults.map(({ fault }) => fault), 'anything else'].map((fault) => `Key Vault: ${fault}`);
    expect([...new Set(matched)].sort()).toEqual(rules.sort());
  });

  it('has every code that each adapter gives, and no other', () => {
    const secretCodes = new Set([...secretFaults.map(({ code }) => code), 'unexpected']);

    const adapterCodes = Object.keys(queueVerdicts).filter(
      (code) => !['queue-unauthorized', 'behind-owed'].includes(code),
    );
    expect(codesGiven('service-bus')).toEqual(adapterCodes.sort());
    expect(codesGiven('blob-storage')).toEqual(Object.keys(archiveVerdicts).sort());
    expect(codesGiven('key-vault')).toEqual([...secretCodes].sort());
  });
});
