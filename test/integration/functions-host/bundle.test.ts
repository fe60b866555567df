import { cp, rm, writeFile } from 'node:fs/promises';
import { build, type Format } from 'esbuild';
import { afterEach, describe, expect, test } from 'vitest';
import { loadFunctionsApp } from '../../support/minimal-functions-core.js';
import { fixture, scratchDirectory, startHostProcess } from './host-process.js';

const directories: string[] = [];

afterEach(async () => {
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true })));
});

/** The echo app as it is deployed: one file, with `@azure/functions` inside and `@azure/functions-core` left out. */
const bundledApp = async (format: Format): Promise<{ readonly directory: string; readonly entryFile: string }> => {
  const directory = await scratchDirectory();
  directories.push(directory);
  const main = format === 'esm' ? 'main.mjs' : 'main.cjs';
  const requireForEsm = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);";
  await build({
    entryPoints: [`${fixture('echo-esm')}/index.js`],
    outfile: `${directory}/${main}`,
    bundle: true,
    platform: 'node',
    format,
    external: ['@azure/functions-core'],
    banner: format === 'esm' ? { js: requireForEsm } : {},
    logLevel: 'silent',
  });
  await cp(`${fixture('echo-esm')}/host.json`, `${directory}/host.json`);
  await writeFile(`${directory}/package.json`, JSON.stringify({ main }));
  return { directory, entryFile: `${directory}/${main}` };
};

describe.each<Format>(['esm', 'cjs'])('functions host: an app bundled as %s with its library inside', (format) => {
  test('it answers through the host and through another supplier of the core module alike', async () => {
    const { directory, entryFile } = await bundledApp(format);
    const host = await startHostProcess({ app: directory });
    const app = await loadFunctionsApp(entryFile);

    const served = await fetch(`${host.url}/api/echo/hello?a=1`, { method: 'POST', body: 'body' });
    const invoked = await app.invokeHttp('echo', {
      method: 'POST',
      url: `${host.url}/api/echo/hello?a=1`,
      params: { word: 'hello' },
      body: 'body',
    });

    const { traceParent: _served, ...fromHost } = JSON.parse(await served.text());
    const { traceParent: _invoked, ...fromElsewhere } = JSON.parse(invoked.body.toString());
    expect(served.status).toBe(invoked.status);
    expect(fromHost).toEqual(fromElsewhere);
    expect(host.announcement.functions?.map(({ name }) => name)).toEqual(app.functions.map(({ name }) => name));
    await app.close();
    await host.end();
  });
});
