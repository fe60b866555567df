import * as z from 'zod';

const acceptedSchema = z.object({
  status: z.string(),
  archived: z.boolean(),
  routedTo: z.array(z.string()),
});

export interface PingPorts {
  readonly post: () => Promise<{ readonly status: number; readonly json: unknown }>;
  /** Messages in the queue of a bot. */
  readonly count: (bot: string) => Promise<number>;
  readonly print: (line: string) => void;
  readonly pause: () => Promise<unknown>;
}

const looks = 6;

const isSeen = async ({ count, pause }: PingPorts, bot: string, before: number): Promise<boolean> => {
  for (let look = 0; look < looks; look += 1) {
    if ((await count(bot)) > before) return true;
    await pause();
  }
  return false;
};

const countAll = async ({ count }: PingPorts, bots: readonly string[]): Promise<ReadonlyMap<string, number>> =>
  new Map(await Promise.all(bots.map(async (bot) => [bot, await count(bot).catch(() => 0)] as const)));

/**
 * Posts a signed ping and looks for it in the queue of each bot that it went to. True when it was accepted, archived and sent; a bot
 * that takes it before anybody looks is not a fault.
 */
export const followPing = async (ports: PingPorts, bots: readonly string[]): Promise<boolean> => {
  const before = await countAll(ports, bots);
  const { status, json } = await ports.post();
  const accepted = acceptedSchema.safeParse(json);
  if (status !== 202 || !accepted.success) {
    ports.print(`✗ a signed ping was answered ${status === 0 ? 'by nobody' : status}`);
    return false;
  }
  const { archived, routedTo, status: outcome } = accepted.data;
  ports.print(
    `${archived ? '✓' : '✗'} a signed ping was ${outcome}${archived ? ' and archived' : ', but not archived'}`,
  );
  if (routedTo.length === 0)
    ports.print('  No bot names "github.ping", so it reached no queue: docs/deployment.md tells how one can');
  for (const bot of routedTo) {
    const seen = await isSeen(ports, bot, before.get(bot) ?? 0);
    ports.print(
      seen ? `✓ it is in the queue of ${bot}` : `  It was sent to ${bot}, which seems to have taken it already`,
    );
  }
  return archived && outcome === 'accepted';
};
