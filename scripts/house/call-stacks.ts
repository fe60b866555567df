import { console as inspectorConsole, type Runtime, Session } from 'node:inspector';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** From the top, on through whatever was waited for: V8 keeps the stack of each wait. */
const urlsIn = (trace: Runtime.StackTrace | undefined): readonly string[] =>
  trace === undefined ? [] : [...trace.callFrames.map(({ url }) => url), ...urlsIn(trace.parent)];

/** The files of `src/` between a decision and the client of a dependency, as the stacks show them. */
export class CallStacks {
  readonly #root: string;
  readonly #decision: string;
  readonly #layers = new Map<string, Set<string>>();
  readonly #session = new Session();

  /** `decision`: the file above the layers. */
  constructor(root: string, decision: string) {
    this.#root = root;
    this.#decision = decision;
    this.#session.connect();
    this.#session.post('Runtime.enable');
    this.#session.post('Debugger.enable');
    this.#session.post('Debugger.setAsyncCallStackDepth', { maxDepth: 64 });
    this.#session.on('Runtime.consoleAPICalled', ({ params }) => this.#add(params));
  }

  /** Takes down what the stack shows now, for one way. A trace, since V8 tells of no other message what was waited for before it. */
  look(way: string): void {
    inspectorConsole.trace(way);
  }

  #add({ args: [way], stackTrace }: Runtime.ConsoleAPICalledEventDataType): void {
    const name = String(way?.value);
    const files = urlsIn(stackTrace).flatMap((url) =>
      url.startsWith('file:') ? [relative(this.#root, fileURLToPath(url)).replaceAll('\\', '/')] : [],
    );
    const layers = this.#layers.get(name) ?? new Set();
    this.#layers.set(name, layers);
    const end = files.indexOf(this.#decision);
    for (const file of files.slice(0, end)) if (file.startsWith('src/')) layers.add(file);
  }

  /** From the client up to the decision. Empty when nothing went this way, or not from the decision. */
  layersOf(way: string): readonly string[] {
    return [...(this.#layers.get(way) ?? [])];
  }

  close(): void {
    this.#session.disconnect();
  }
}
