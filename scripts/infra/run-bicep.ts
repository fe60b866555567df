import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import * as z from 'zod';

const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  // Without it the program asks for ICU, which small images do not have.
  DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1',
  // It runs for seconds only: compiling everything once, and collecting garbage seldom, halves its CPU.
  DOTNET_TieredCompilation: '0',
  DOTNET_gcConcurrent: '0',
  DOTNET_GCgen0size: '0x8000000',
});

/** The release of the compiler, `0.0.0` when it does not say one. */
export const releaseOf = (bicep: string): string => {
  const { stdout } = spawnSync(bicep, ['--version'], { encoding: 'utf8', env: environment() });
  return /version (\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1] ?? '0.0.0';
};

/** Stands for a subscription: names and ids that follow from it are the same everywhere. */
const metadata = (resourceGroup: string | null) => ({
  tenantId: null,
  subscriptionId: '11111111-1111-4111-8111-111111111111',
  resourceGroup,
  location: 'northeurope',
  deploymentName: null,
});

const replySchema = z.object({
  id: z.number(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
});
const snapshotSchema = z.object({ snapshot: z.string() });
const compilationSchema = z.object({
  success: z.boolean(),
  diagnostics: z.array(
    z.object({
      source: z.string(),
      range: z.object({ start: z.object({ line: z.number(), char: z.number() }) }),
      level: z.string(),
      code: z.string(),
      message: z.string(),
    }),
  ),
});

/** JSON-RPC over a program's input and output, each message behind a `Content-Length` header. */
const connect = (program: ChildProcessWithoutNullStreams) => {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let received = Buffer.alloc(0);
  const takeOne = (): boolean => {
    const end = received.indexOf('\r\n\r\n');
    const length = Number(/Content-Length: (\d+)/i.exec(received.toString('latin1', 0, Math.max(end, 0)))?.[1]);
    if (end < 0 || received.length < end + 4 + length) return false;
    const { id, result, error } = replySchema.parse(JSON.parse(received.toString('utf8', end + 4, end + 4 + length)));
    received = received.subarray(end + 4 + length);
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(error.message));
    waiting.delete(id);
    return true;
  };
  program.stdout.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (takeOne());
  });
  program.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('The Bicep compiler has ended'));
  });
  let lastId = 0;
  return (method: string, params: unknown): Promise<unknown> => {
    lastId += 1;
    const reply = Promise.withResolvers<unknown>();
    waiting.set(lastId, reply);
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: lastId, method, params }));
    program.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
    program.stdin.write(body);
    return reply.promise;
  };
};

/** What the compiler said; `diagnostics` has a line for each error, warning and finding of the linter. */
export interface BicepCompilation {
  readonly ok: boolean;
  readonly diagnostics: readonly string[];
}

/**
 * The compiler as a process that answers many questions: it takes seconds to start. It needs no network: modules are local, and the
 * types are inside it.
 */
export interface BicepServer extends AsyncDisposable {
  /** Compiles a template and what it is made of, and lints them. */
  compile(template: string): Promise<BicepCompilation>;
  /**
   * Works out a deployment from a parameter file, as JSON: every resource with its id, name and properties; what only
   * Azure knows stays an expression. `resourceGroup` is for templates that are deployed into one. Rejects with what is wrong.
   */
  snapshot(parameters: string, resourceGroup?: string): Promise<string>;
}

export const startBicep = (bicep: string): BicepServer => {
  const program = spawn(bicep, ['jsonrpc', '--stdio'], { env: environment() });
  program.stderr.resume();
  const call = connect(program);
  return {
    compile: async (template) => {
      const reply = compilationSchema.parse(await call('bicep/compile', { path: resolve(template) }));
      const diagnostics = reply.diagnostics.map(
        ({ source, range: { start }, level, code, message }) =>
          `${source}(${start.line + 1},${start.char + 1}) : ${level} ${code}: ${message}`,
      );
      return { ok: reply.success, diagnostics };
    },
    snapshot: async (parameters, resourceGroup) => {
      const asked = { path: resolve(parameters), metadata: metadata(resourceGroup ?? null), externalInputs: null };
      return snapshotSchema.parse(await call('bicep/getSnapshot', asked)).snapshot;
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((done) => program.once('exit', done));
      program.kill();
      await ended;
    },
  };
};
