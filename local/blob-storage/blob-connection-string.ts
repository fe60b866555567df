/** The account and key that every Azure storage emulator publishes; they open nothing but an emulator. */
const emulatorAccount = 'devstoreaccount1';
const emulatorKey = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** How a client reaches the local blob service, or a proxy before it, on this port of the loopback interface. */
export const blobConnectionString = (port: number): string =>
  [
    'DefaultEndpointsProtocol=http',
    `AccountName=${emulatorAccount}`,
    `AccountKey=${emulatorKey}`,
    `BlobEndpoint=http://127.0.0.1:${port}/${emulatorAccount};`,
  ].join(';');
