import { join } from 'node:path';
import { findProjectRoot } from '../../../local/project-root.js';
import { hostEnvironment } from '../../../local/stack/host-environment.js';
import { type LoggedChild, startLoggedChild } from './logged-child.js';
import type { StandIns } from './start-stand-ins.js';

export interface MortalHostOptions {
  readonly standIns: StandIns;
  readonly stateDirectory: string;
  /** Settings of the app. */
  readonly settings: Readonly<Record<string, string>>;
  /** The folder of another app than the project's. */
  readonly app?: string;
  /** Of its log and of its state, when there are several; absent: `host`. */
  readonly name?: string;
}

/** The Functions host with the app in it, as a process that can be killed and started again. */
export class MortalHost {
  readonly #options: MortalHostOptions;
  #child: LoggedChild | undefined;
  #url = '';
  #up = Promise.withResolvers<void>();
  #endedByItself = 0;
  #lives = 0;

  constructor(options: MortalHostOptions) {
    this.#options = options;
  }

  /** Where it listens; another port after each start. */
  get url(): string {
    return this.#url;
  }

  /** How often it ended without being killed: never, unless the app has a bug. */
  get endedByItself(): number {
    return this.#endedByItself;
  }

  /** How often it has been started: another process each time. */
  get lives(): number {
    return this.#lives;
  }

  /** Whether it can be sent to. */
  get isUp(): boolean {
    return this.#child !== undefined;
  }

  get logFile(): string {
    return join(this.#options.stateDirectory, `${this.#name}.log`);
  }

  get #name(): string {
    return this.#options.name ?? 'host';
  }

  /** Resolves when it can be sent to. */
  whenUp(): Promise<void> {
    return this.#up.promise;
  }

  async start(): Promise<void> {
    const root = findProjectRoot(import.meta.dirname);
    const { standIns, stateDirectory, settings, app = root } = this.#options;
    const user = { ...process.env, ...standIns.settings, ...settings };
    const child = await startLoggedChild({
      script: join(root, 'dist/local/functions-host.js'),
      args: ['--app', app, '--port', '0', '--front', '--state', join(stateDirectory, `functions-${this.#name}`)],
      environment: hostEnvironment(user, standIns.connections),
      logFile: this.logFile,
      readyKind: 'functions-host-ready',
    });
    this.#child = child;
    this.#lives += 1;
    this.#url = 'url' in child.message ? String(child.message.url) : '';
    void child.exited.then(() => this.#ended(child));
    this.#up.resolve();
  }

  /** SIGKILL: nothing of it runs on. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    this.#up = Promise.withResolvers<void>();
    child.signal(signal);
    await child.exited;
  }

  #ended(child: LoggedChild): void {
    if (this.#child === child) this.#endedByItself += 1;
  }
}
