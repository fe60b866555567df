import { parseArgs } from 'node:util';

export interface CommandLine {
  readonly appDirectory: string;
  /** `auto`: the usual port when it is free, else any. */
  readonly port: number | 'auto';
  readonly hostname?: string;
  readonly enableAuth: boolean;
  readonly functionKey?: string;
  readonly masterKey?: string;
  readonly stateDirectory?: string;
  readonly isFront: boolean;
  /** Says nothing of the functions that it has found. */
  readonly isBrief: boolean;
  readonly asAzureMb?: number;
}

export const usage = `Usage: functions-host --app <directory> [--port <number>|auto] [--hostname <address>]
                      [--enable-auth] [--function-key <key>] [--master-key <key>] [--state <directory>]
                      [--front] [--brief] [--as-azure <MB>]

  --front          add the caller to X-Forwarded-For, as Azure's front does before its host
  --brief          do not list the functions
  --as-azure <MB>  take memory and time for bodies as the host of an instance of so many MB does, and end as it does without any left`;

export const usualPort = 7071;

const flags = {
  app: { type: 'string' },
  port: { type: 'string' },
  hostname: { type: 'string' },
  'enable-auth': { type: 'boolean' },
  'function-key': { type: 'string' },
  'master-key': { type: 'string' },
  state: { type: 'string' },
  front: { type: 'boolean' },
  brief: { type: 'boolean' },
  'as-azure': { type: 'string' },
} as const;

/** Reads the command line. Throws a `TypeError` or `RangeError` that says what is wrong with it. */
export const readCommandLine = (args: readonly string[]): CommandLine => {
  const { values } = parseArgs({ args: [...args], options: flags, strict: true });
  const { app, hostname, state } = values;
  if (app === undefined) throw new TypeError('--app <directory> is missing');
  const functionKey = values['function-key'];
  const masterKey = values['master-key'];
  const asAzureMb = readMemory(values['as-azure']);
  return {
    appDirectory: app,
    port: readPort(values.port ?? String(usualPort)),
    enableAuth: values['enable-auth'] ?? false,
    isFront: values.front ?? false,
    isBrief: values.brief ?? false,
    ...(asAzureMb !== undefined && { asAzureMb }),
    ...(hostname !== undefined && { hostname }),
    ...(functionKey !== undefined && { functionKey }),
    ...(masterKey !== undefined && { masterKey }),
    ...(state !== undefined && { stateDirectory: state }),
  };
};

const readMemory = (text: string | undefined): number | undefined => {
  if (text !== undefined && !/^\d{3,5}$/.test(text))
    throw new RangeError(`--as-azure must be megabytes, not "${text}"`);
  return text === undefined ? undefined : Number(text);
};

const readPort = (text: string): number | 'auto' => {
  if (text === 'auto') return 'auto';
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new RangeError(`--port must be 0 to 65535 or auto, not "${text}"`);
  return port;
};
