import type { AppFunction } from '../app-functions.js';
import type { AppRunner } from '../app-runner.js';
import { TimerListener, type TimerListenerOptions } from './timer-listener.js';

export interface TimerListenersOptions extends Pick<TimerListenerOptions, 'clock' | 'store' | 'log'> {
  readonly runner: AppRunner;
}

/** A listener for every enabled timer function, by its name. None has been started. */
export const timerListeners = (
  functions: readonly AppFunction[],
  { runner, ...shared }: TimerListenersOptions,
): ReadonlyMap<string, TimerListener> => {
  const listeners = new Map<string, TimerListener>();
  for (const one of functions) {
    if (one.kind !== 'timer' || one.disabled) continue;
    const { name, schedule, runOnStartup, useMonitor } = one;
    const invoke: TimerListenerOptions['invoke'] = async (timer) => void (await runner.runWithData(one, timer));
    const listener = new TimerListener({ ...shared, functionName: name, schedule, runOnStartup, useMonitor, invoke });
    listeners.set(name, listener);
  }
  return listeners;
};
