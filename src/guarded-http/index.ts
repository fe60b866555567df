export type { EndpointGroup } from './endpoint-group.js';
export { guardHandler, type HandlerAnswer } from './guard-handler.js';
export {
  createGuardedHttp,
  type EndpointMetrics,
  type GuardedHttp,
  type GuardedHttpOptions,
  type HttpResult,
} from './guarded-http.js';
export { type HttpErrorKind, HttpFault } from './http-fault.js';
export type { HttpHealth } from './http-health.js';
export { type HttpAnswer, type HttpRequest, readJson } from './http-request.js';
