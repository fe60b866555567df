import * as z from 'zod';
import type { RpcFunctionMetadata } from './core/rpc-messages.js';
import { FunctionsHostError } from './functions-host-error.js';
import type { Environment } from './host-json.js';
import {
  type HttpTrigger,
  isHttpTrigger,
  isTimerTrigger,
  readHttpTrigger,
  type TriggerBinding,
  triggerOf,
} from './http-trigger.js';
import { type QueueTrigger, readQueueTrigger } from './queues/queue-trigger.js';
import { parseRouteTemplate } from './routes/route-template.js';
import { readTimerSchedule, type TimerSchedule } from './timers/timer-schedule.js';

interface AppFunctionBase {
  readonly name: string;
  readonly metadata: RpcFunctionMetadata;
  readonly binding: TriggerBinding;
  readonly disabled: boolean;
}

export interface HttpFunction extends AppFunctionBase {
  readonly kind: 'http';
  readonly trigger: HttpTrigger;
}

export interface TimerFunction extends AppFunctionBase {
  readonly kind: 'timer';
  readonly schedule: TimerSchedule;
  readonly runOnStartup: boolean;
  readonly useMonitor: boolean;
}

export interface QueueFunction extends AppFunctionBase {
  readonly kind: 'queue';
  readonly trigger: QueueTrigger;
}

/** A function whose trigger this host does not listen to, and why; it runs when it is asked to by hand. */
export interface OtherFunction extends AppFunctionBase {
  readonly kind: 'other';
  readonly why: string;
}

export type AppFunction = HttpFunction | TimerFunction | QueueFunction | OtherFunction;

const timerBindingSchema = z.object({
  schedule: z.string().min(1),
  runOnStartup: z.boolean().default(false),
  useMonitor: z.boolean().default(true),
});

const usableName = /^(?!host$)[a-z][a-z0-9_-]{0,127}$/i;
const reservedRoute = /^(admin|runtime)/i;

/**
 * Reads what an app has registered, as the host does before it serves it. Every fault in it is reported at once, in
 * one `FunctionsHostError`.
 */
export const readAppFunctions = (
  registered: readonly RpcFunctionMetadata[],
  environment: Environment,
): readonly AppFunction[] => {
  const problems: string[] = [];
  const functions: AppFunction[] = [];
  for (const metadata of registered) {
    try {
      functions.push(readAppFunction(metadata, environment));
    } catch (error) {
      const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
      problems.push(`The function '${metadata.name}' is in error: ${reason}`);
    }
  }
  problems.push(...conflicts(functions));
  if (registered.length === 0) problems.push('No job functions found: the app registered none.');
  if (problems.length > 0) throw new FunctionsHostError('functions-invalid', problems.join('\n'));
  return functions;
};

const readAppFunction = (metadata: RpcFunctionMetadata, environment: Environment): AppFunction => {
  const { name } = metadata;
  if (!usableName.test(name)) throw new RangeError(`'${name}' is not a valid function name`);
  const binding = triggerOf(metadata);
  if (binding === undefined) throw new RangeError('it has no trigger binding');
  const disabled = isTrue(environment[`AzureWebJobs.${name}.Disabled`] ?? environment[`AzureWebJobs_${name}_Disabled`]);
  const base = { name, metadata, binding, disabled };
  if (isHttpTrigger(binding)) return { ...base, kind: 'http', trigger: usableTrigger(name, binding) };
  if (!isTimerTrigger(binding)) {
    const queue = readQueueTrigger(binding, environment);
    return typeof queue === 'string'
      ? { ...base, kind: 'other', why: queue }
      : { ...base, kind: 'queue', trigger: queue };
  }
  const { schedule, ...timer } = timerBindingSchema.parse(binding.binding);
  return { ...base, ...timer, kind: 'timer', schedule: readTimerSchedule(schedule, environment) };
};

const usableTrigger = (name: string, binding: TriggerBinding): HttpTrigger => {
  const trigger = readHttpTrigger(name, binding);
  if (reservedRoute.test(trigger.route)) {
    throw new RangeError(`the route "${trigger.route}" conflicts with one or more built in routes (admin, runtime)`);
  }
  parseRouteTemplate(trigger.route);
  return trigger;
};

const isTrue = (setting: string | undefined): boolean => /^(true|1)$/i.test(setting ?? '');

function* conflicts(functions: readonly AppFunction[]): Generator<string> {
  for (const [index, first] of functions.entries()) {
    for (const second of functions.slice(index + 1)) {
      if (first.name.toLowerCase() === second.name.toLowerCase()) {
        yield `The function name '${second.name}' must be unique within the function app.`;
      }
      if (first.kind === 'http' && second.kind === 'http' && sameRoute(first.trigger, second.trigger)) {
        yield `The route of '${second.name}' conflicts with the route defined by function '${first.name}'.`;
      }
    }
  }
}

const sameRoute = (a: HttpTrigger, b: HttpTrigger): boolean =>
  a.route.toLowerCase() === b.route.toLowerCase() && a.methods.some((method) => b.methods.includes(method));
