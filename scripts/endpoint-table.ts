import { type Access, type HttpEndpoint, httpEndpoints } from '../src/composition/endpoints.js';

const accessWords = {
  signature: 'signature',
  open: 'open',
  key: 'function key',
  operator: 'function key and admin token',
} as const satisfies Record<Access, string>;

const inCell = (text: string): string => text.replaceAll('|', '\\|');

const tableRow = ({ methods, route, access, says }: HttpEndpoint): string => {
  const named = Object.keys(methods).filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
  return `| \`${named.join(', ')} /api/${route}\` | ${accessWords[access]} | ${inCell(says)} |`;
};

const endpointTable = (): string =>
  ['| endpoint | access | what it does |', '| --- | --- | --- |', ...httpEndpoints.map(tableRow)].join('\n');

/** docs/http.md with its table of endpoints. */
export const withEndpointTable = (page: string): string =>
  page.replace(
    /(<!-- endpoints -->\n)[\s\S]*?(\n<!-- \/endpoints -->)/,
    (_, start, end) => `${start}${endpointTable()}${end}`,
  );
