import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Lint, types and generated files side by side, as each leaves a core waiting now and then. What a step prints comes as one when it ends. */
if (process.env['npm_execpath'] === undefined) throw new Error('Run it as: npm run check');
const { scripts } = JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'));

/** Whether all went well; of several scripts, each needs the one before. Without an npm for each, which would take longer than some. */
const run = async ([script, ...further]: readonly string[]): Promise<boolean> => {
  if (script === undefined) return true;
  const child = spawn(scripts[script], {
    shell: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // Compilers in Go end before it would pay to clear their memory often.
    env: { FORCE_COLOR: process.stdout.isTTY ? '1' : '0', GOGC: '400', ...process.env },
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => printed.push(chunk));
  const code = await new Promise((ended) => child.once('close', ended));
  process.stdout.write(Buffer.concat(printed));
  return code === 0 && run(further);
};

const passed = await Promise.all([run(['typecheck']), run(['lint']), run(['build', 'schemas:check'])]);
process.exitCode = passed.every(Boolean) ? 0 : 1;
