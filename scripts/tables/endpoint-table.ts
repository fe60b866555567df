import { type Access, type HttpEndpoint, httpEndpoints } from '../../src/composition/endpoints.js';
import { tableRow, withTable } from './table-in.js';

const accessWords = {
  signature: 'signature',
  open: 'open',
  key: 'function key',
  operator: 'function key and admin token',
} as const satisfies Record<Access, string>;

const endpointRow = ({ methods, route, access, says }: HttpEndpoint): string => {
  const named = Object.keys(methods).filter((method) => method !== 'HEAD' && method !== 'OPTIONS');
  return tableRow([`\`${named.join(', ')} /api/${route}\``, accessWords[access], says]);
};

/** docs/http.md with its table of endpoints. */
export const withEndpointTable = withTable('endpoints', () =>
  ['| endpoint | access | what it does |', '| --- | --- | --- |', ...httpEndpoints.map(endpointRow)].join('\n'),
);
