import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkInfra, type InfraCheck } from '../../../scripts/infra/check-infra.js';
import { bicepRelease, findBicep } from '../../../scripts/infra/find-bicep.js';
import { type BicepServer, releaseOf, startBicep } from '../../../scripts/infra/run-bicep.js';

const root = join(import.meta.dirname, '../../..');
const search = findBicep({ environment: process.env, home: homedir(), platform: process.platform });
const release = search.found ? releaseOf(search.path) : 'none';
const note = search.found
  ? `Bicep ${release} found in ${search.where}, the snapshots are of ${bicepRelease}`
  : `No Bicep compiler in ${search.lookedIn.join(', ')}: the templates are not compiled here ("npm run infra -- --fetch" gets one)`;

if (release !== bicepRelease) console.warn(note);

describe.runIf(search.found && release === bicepRelease)('the Bicep compiler', () => {
  const bicep = search.found ? search.path : '';
  const checks: InfraCheck[] = [];
  let folder: string;
  let server: BicepServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(root, 'infra/test/tmp-'));
    server = startBicep(bicep);
    for await (const check of checkInfra({ root, server, write: false })) checks.push(check);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it('compiles and lints every template without a word, and works out what the snapshots say', () => {
    expect(checks.length).toBeGreaterThan(8);
    expect(checks.filter(({ problems }) => problems.length > 0)).toEqual([]);
  });

  const refusal = async (...parameters: readonly string[]): Promise<string> => {
    const file = join(folder, 'refused.bicepparam');
    const usual = ["environmentName = 'x'", "location = 'northeurope'"].filter(
      (one) => !parameters.some((parameter) => parameter.split(' ')[0] === one.split(' ')[0]),
    );
    const given = [...usual, ...parameters].map((parameter) => `param ${parameter}`);
    writeFileSync(file, ["using '../../main.bicep'", ...given].join('\n'));
    return server.snapshot(file).then(
      () => 'deployed',
      (fault: unknown) => String(fault),
    );
  };

  it('refuses every setting of the templates themselves among the further ones', async () => {
    const theirs = [
      'Providers',
      'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT',
      'MAX_PAYLOAD_BYTES',
      'azureFunctionsJobHost__extensions__http__maxConcurrentRequests',
      'ServiceBus',
      'WEBSITE_RUN_FROM_PACKAGE',
    ];

    const refused = await refusal(`extraSettings = { ${theirs.map((name) => `${name}: '1'`).join(', ')} }`);

    const [, names = ''] = /extraSettings: (.*) belong to the templates/.exec(refused) ?? [];
    expect(names.split(', ').toSorted()).toEqual(theirs.toSorted());
  });

  it('refuses more requests at once than the memory of an instance has room for bodies', async () => {
    expect(await refusal('httpConcurrency = 21')).toContain(
      'An instance of 2048 MB takes 20 bodies of 1024 KB at once, not 21',
    );
    expect(await refusal('largestBodyKB = 25600')).toContain(
      'An instance of 2048 MB takes 0 bodies of 25600 KB at once',
    );
    expect(await refusal('instanceMemoryMB = 512')).toContain('An instance of 512 MB takes 1 bodies');
  });

  it('refuses to let in senders alone whose ranges nobody knows', async () => {
    expect(await refusal("providers = 'github,slack'", 'onlyFromSenders = true')).toContain(
      'onlyFromSenders: slack publish no ranges',
    );
  });

  it('says all at once what Azure would refuse halfway, or take for something else than was meant', async () => {
    const refused = await refusal(
      "bots = [{ name: 'b-sb', queue: 'q', events: ['*'] }, { name: 'my_bot', queue: 'r', events: ['*'] }, { name: '2', queue: 's', events: ['*'] }]",
      "environmentName = 'prod.'",
      "dedicatedBots = ['nobody', 'b-sb', 'my_bot', '2', '2']",
      'serviceBusNamespaces = 2',
      "botPrincipals = { stranger: '33333333-3333-4333-8333-333333333333' }",
      'privateEndpoints = true',
      "serviceBusTier = 'Premium'",
      'serviceBusPartitions = 2',
      "allowedIpAddresses = ['2001:db8::1']",
      'maximumInstanceCount = 2',
      'alwaysReadyInstances = 3',
      "providers = 'GitHub'",
    );

    for (const problem of [
      'environmentName: letters',
      'dedicatedBots: nobody is not a bot',
      'dedicatedBots: b-sb cannot end',
      'dedicatedBots: my_bot cannot end',
      'dedicatedBots: 2 is already the name of another namespace',
      'dedicatedBots: a bot is listed twice',
      'botPrincipals: stranger is not a bot',
      'privateEndpoints: needs subnetId',
      'multiples of serviceBusPartitions',
      'allowedIpAddresses: 2001:db8::1 is not an IPv4 address',
      'alwaysReadyInstances: must not exceed maximumInstanceCount',
      'providers: must be lower case',
    ])
      expect(refused).toContain(problem);
  });

  it('works out the deployment of the bots that this project has', async () => {
    const file = join(folder, 'own.bicepparam');
    writeFileSync(file, "using '../../main.bicep'\nparam environmentName = 'own'\nparam location = 'northeurope'\n");

    await expect(server.snapshot(file)).resolves.toContain('Microsoft.ServiceBus/namespaces/queues');
  });
});

it(`says where a compiler was looked for: ${note}`, () => {
  expect(search.found || search.lookedIn.length > 0).toBe(true);
});
