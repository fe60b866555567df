import * as z from 'zod';
import { type HandlerName, type HttpEndpoint, httpEndpoints } from '../../src/composition/endpoints.js';
import { type ProblemCode, problemCatalogue } from '../../src/http/problems.js';
import { compareTexts } from '../../src/text/text.js';
import * as events from './event-shapes.js';
import * as health from './health-shapes.js';
import { commonProblems, type OperationShape, operations, type Reply, requests } from './operations.js';
import { byStatus, problem } from './problem-shape.js';

const pascal = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** Every shape that has a name of its own. */
const named = z.registry<{ readonly id: string }>();
for (const [name, shape] of Object.entries({ ...events, ...health, problem })) named.add(shape, { id: pascal(name) });
for (const [name, shape] of Object.entries(requests)) named.add(shape, { id: `${pascal(name)}Request` });

const uri = (id: string): string => `#/components/schemas/${id}`;

/** Without what only says again that a number is one, or a text has its format. */
const override: NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override'] = ({ jsonSchema }) => {
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.type === 'object') delete jsonSchema.propertyNames;
};

const form = { uri, io: 'input', target: 'draft-2020-12', override } as const;

/** Without what makes each a document of its own. */
const inline = ({ $schema: _, $id: __, ...schema }: Readonly<Record<string, unknown>>) => schema;

const components = (): Readonly<Record<string, unknown>> => {
  const { schemas } = z.toJSONSchema(named, form);
  const entries = Object.entries(schemas).map(([id, schema]) => [id, inline(schema)] as const);
  return Object.fromEntries(entries.toSorted(([one], [other]) => compareTexts(one, other)));
};

const schemaOf = (shape: z.ZodType): Readonly<Record<string, unknown>> => {
  const id = named.get(shape)?.id;
  return id === undefined ? inline({ ...z.toJSONSchema(shape, form) }) : { $ref: uri(id) };
};

const anyOf = ([first = z.unknown(), ...others]: readonly z.ZodType[]) =>
  others.length === 0 ? schemaOf(first) : { anyOf: [first, ...others].map(schemaOf) };

const plain = (markdown: string): string =>
  markdown.replaceAll(/ ?\(\[[^\]]+\]\([^)]+\)\)|\[([^\]]+)\]\([^)]+\)/g, '$1');

const content = (schema: unknown, mediaType = 'application/json') => ({ [mediaType]: { schema } });

const replyEntry = ({ status, description, schemas, mediaType }: Reply) => [
  String(status),
  { description, ...(schemas !== undefined && { content: content(anyOf(schemas), mediaType) }) },
];

const problemEntry = ([status, codes]: readonly [number, readonly ProblemCode[]]) => {
  const schema = { allOf: [{ $ref: uri('Problem') }, { properties: { code: { enum: codes } } }] };
  const description = codes.map((code) => `${code}: ${problemCatalogue[code].title}.`).join(' ');
  const headers = status === 503 || status === 429 ? { 'Retry-After': { schema: { type: 'integer' } } } : undefined;
  return [
    String(status),
    { description, ...(headers && { headers }), content: content(schema, 'application/problem+json') },
  ];
};

const anyObject: Reply = { status: 200, description: 'Done.', schemas: [z.looseObject({})] };

const responses = (
  { access, dependsOnNothing }: HttpEndpoint,
  { replies = [anyObject], problems = [] }: OperationShape,
) => {
  const common = dependsOnNothing ? (['InternalError'] as const) : commonProblems[access];
  const codes = [...new Set([...problems, ...common])];
  return Object.fromEntries([...[...byStatus(codes)].map(problemEntry), ...replies.map(replyEntry)]);
};

const parameters = ({ route, byQuery }: HttpEndpoint, { query = {}, headers = {} }: OperationShape) => [
  ...[...route.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...Object.entries(query).map(([name, shape]) => ({ name, in: 'query', schema: schemaOf(shape) })),
  ...(byQuery === undefined ? [] : [{ name: byQuery.parameter, in: 'query', schema: { type: 'string' } }]),
  ...Object.entries(headers).map(([name, shape]) => ({ name, in: 'header', schema: schemaOf(shape) })),
];

/** What two handlers take and answer, of which the query chooses one. */
const both = (one: OperationShape, other: OperationShape): OperationShape => {
  const answered = [...(one.replies ?? [anyObject]), ...(other.replies ?? [anyObject])];
  const schemas = answered.flatMap((reply) => (reply.status === 200 ? (reply.schemas ?? []) : []));
  const description = answered.flatMap((reply) => (reply.status === 200 ? [reply.description] : [])).join(' Or: ');
  return {
    ...one,
    query: { ...other.query, ...one.query },
    replies: answered.map((reply) => (reply.status === 200 ? { ...reply, description, schemas } : reply)),
    problems: [...(one.problems ?? []), ...(other.problems ?? [])],
  };
};

const shapeOf = (handler: HandlerName, { byQuery }: HttpEndpoint): OperationShape => {
  const own = operations[handler] ?? {};
  return byQuery === undefined ? own : both(own, operations[byQuery.handler] ?? {});
};

const security = {
  signature: [],
  open: [],
  key: [{ functionKey: [] }],
  operator: [{ functionKey: [], adminToken: [] }],
} as const;

const operation = (endpoint: HttpEndpoint, [method, handler]: readonly [string, HandlerName]) => {
  const { name, access, says } = endpoint;
  const shape = shapeOf(handler, endpoint);
  const { body } = shape;
  return [
    method.toLowerCase(),
    {
      operationId: `${name}${pascal(method.toLowerCase())}`,
      tags: [endpoint.route.split('/')[0]],
      summary: pascal(plain(says)),
      security: security[access],
      parameters: parameters(endpoint, shape),
      ...(body !== undefined && {
        requestBody: { required: body.optional !== true, content: content(schemaOf(body.schema), body.mediaType) },
      }),
      responses: responses(endpoint, shape),
    },
  ];
};

const path = (endpoint: HttpEndpoint) => [
  `/${endpoint.route}`,
  Object.fromEntries(
    Object.entries(endpoint.methods)
      .filter(([method]) => method !== 'HEAD')
      .map((entry) => operation(endpoint, entry)),
  ),
];

/** Of the API, not of the product: it grows when a caller has to change. */
const apiVersion = '1.0.0';

/** The HTTP API as an OpenAPI 3.1 document: `schemas/openapi.json`. */
export const openApiDocument = () => ({
  openapi: '3.1.1',
  info: {
    title: 'Breakwater',
    version: apiVersion,
    description: 'Webhook ingestion for Azure Functions. docs/http.md says the rest.',
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/api' }],
  paths: Object.fromEntries(httpEndpoints.map(path)),
  components: {
    securitySchemes: {
      functionKey: { type: 'apiKey', in: 'header', name: 'x-functions-key' },
      adminToken: { type: 'http', scheme: 'bearer', description: "The vault's secret `admin-token`." },
    },
    schemas: components(),
  },
});
