import { describe, expect, it } from 'vitest';
import { azureDevops } from '../../../src/providers/azure-devops.js';
import { bitbucket } from '../../../src/providers/bitbucket.js';
import { discord } from '../../../src/providers/discord.js';
import { github } from '../../../src/providers/github.js';
import { gitlab } from '../../../src/providers/gitlab.js';
import { jira } from '../../../src/providers/jira.js';
import { pagerduty } from '../../../src/providers/pagerduty.js';
import type { Provider } from '../../../src/providers/provider.js';
import { shopify } from '../../../src/providers/shopify.js';
import { slack } from '../../../src/providers/slack.js';
import { standardWebhooks } from '../../../src/providers/standard-webhooks.js';
import type { Bot } from '../../../src/routing/bot.js';
import { notifier } from '../../support/memory-app.js';
import { type ProviderOnTest, putOnTest, signedDelivery } from './provider-on-test.js';

const form = 'application/x-www-form-urlencoded';

const sentTo = ({ memory }: ProviderOnTest, bot: Bot = notifier): readonly Record<string, unknown>[] =>
  memory.queue.messages(bot.queue).map(({ body }) => JSON.parse(body.toString('utf8')));

const typesOf = (test: ProviderOnTest): readonly unknown[] => sentTo(test).map(({ type }) => type);

const corrupted = (delivery: ReturnType<typeof signedDelivery>, header: string) => ({
  ...delivery,
  headers: { ...delivery.headers, [header]: '0'.repeat(128) },
});

describe('Discord', () => {
  it('is told 401 of every bad signature, however many there were, and answered as soon as one is good', async () => {
    const test = putOnTest(discord);
    const ping = signedDelivery(discord, { body: '{"type":1}', nowMs: test.nowMs });

    const refusals = [];
    for (let n = 0; n < 25; n++) refusals.push(await test.post(corrupted(ping, 'X-Signature-Ed25519')));

    expect(new Set(refusals.map(({ status }) => status))).toEqual(new Set([401]));
    expect(await test.post(ping)).toMatchObject({ status: 200, body: '{"type":1}' });
  });

  it('a tenant of it is told the same', async () => {
    const tenant: Provider = { ...discord, name: 'discord-acme' };
    const test = putOnTest(tenant, { ownProviders: [tenant] });
    const bad = corrupted(signedDelivery(discord, { body: '{"type":1}', nowMs: test.nowMs }), 'X-Signature-Ed25519');

    const statuses = [];
    for (let n = 0; n < 12; n++) statuses.push((await test.post(bad)).status);

    expect(statuses).toEqual(Array(12).fill(401));
  });

  it.each([
    ['PING of webhook events', { version: 1, application_id: '1', type: 0 }, 204, ''],
    [
      'an interaction of an unknown type',
      { id: '5', application_id: '1', type: 99, token: 't', guild_id: 'g' },
      200,
      '{"type":5}',
    ],
    [
      'a command without a guild',
      {
        id: '6',
        application_id: '1',
        type: 2,
        token: 't',
        data: { name: 'ask' },
        user: { id: 'u' },
        channel: { id: 'c' },
      },
      200,
      '{"type":5}',
    ],
  ])('%s gets the answer that it waits for', async (_what, payload, status, body) => {
    const test = putOnTest(discord);

    const reply = await test.post(signedDelivery(discord, { body: JSON.stringify(payload), nowMs: test.nowMs }));

    expect(reply).toMatchObject({ status, body });
  });
});

describe('Slack’s ssl_check', () => {
  const check = 'ssl_check=1&token=xxxxxxxxxxxx';

  it('is answered 200 without a signature and with one, and reaches no queue and no archive', async () => {
    const test = putOnTest(slack);
    const unsigned = { headers: { 'content-type': form }, body: Buffer.from(check) };
    const signed = signedDelivery(slack, { body: check, contentType: form, nowMs: test.nowMs });

    const replies = [await test.post(unsigned), await test.post(signed)];

    expect(replies.map(({ status, body }) => [status, body])).toEqual([
      [200, ''],
      [200, ''],
    ]);
    expect(sentTo(test)).toEqual([]);
    expect(test.memory.archive.names()).toEqual([]);
    expect(test.memory.lines.at(-1)).toMatchObject({ event: 'webhook.handshake' });
  });

  it.each([
    ['a command beside it', 'ssl_check=1&command=%2Fdeploy&team_id=T'],
    ['a payload beside it', 'ssl_check=1&payload=%7B%7D'],
    ['another value', 'ssl_check=0&token=x'],
    ['the word twice', 'ssl_check=1&ssl_check=1'],
    ['much beside it', `ssl_check=1&token=${'x'.repeat(2000)}`],
  ])('with %s is no test of the line: unsigned it is 401', async (_what, text) => {
    const test = putOnTest(slack);

    expect((await test.post({ headers: { 'content-type': form }, body: Buffer.from(text) })).status).toBe(401);
  });

  it('is asked by no other sender', async () => {
    const test = putOnTest(github);
    const reply = await test.post({ headers: { 'content-type': form }, body: Buffer.from(check) });

    expect(reply.status).toBe(401);
  });
});

describe('pings', () => {
  const ping = JSON.stringify({
    event: { id: 'e1', event_type: 'pagey.ping', data: { message: 'Hello', type: 'ping' } },
  });
  const cases: readonly (readonly [Provider, Parameters<typeof signedDelivery>[1], string])[] = [
    [
      bitbucket,
      { body: '{"test":true}', headers: { 'X-Event-Key': 'diagnostics:ping' } },
      'bitbucket.diagnostics.ping',
    ],
    [pagerduty, { body: ping }, 'pagerduty.pagey.ping'],
    [github, { body: '{"zen":"x","hook_id":1}', headers: { 'X-GitHub-Event': 'ping' } }, 'github.ping'],
    [standardWebhooks, { body: '{"type":"ping"}' }, 'standard-webhooks.ping'],
  ];

  it.each(
    cases.map(([provider, delivery, type]) => ({ provider, delivery, type })),
  )('$type is kept, and goes only to bots that name it', async ({ provider, delivery, type }) => {
    const naming: Bot = { ...notifier, name: 'naming', queue: 'bot-naming', events: [type] };
    const wanting: Bot = { ...notifier, events: ['*', provider.name] };
    const test = putOnTest(provider, { bots: [wanting, naming] });

    const reply = await test.post(signedDelivery(provider, { ...delivery, nowMs: test.nowMs }));

    expect(reply.status).toBe(202);
    expect(sentTo(test, wanting)).toEqual([]);
    expect(sentTo(test, naming)).toEqual([expect.objectContaining({ type })]);
    expect(test.memory.archive.names()).toHaveLength(1);
  });

  it('of Bitbucket without a signature are refused, as everything unsigned is', async () => {
    const test = putOnTest(bitbucket);
    const headers = { 'content-type': 'application/json', 'x-event-key': 'diagnostics:ping' };

    expect((await test.post({ headers, body: Buffer.from('{"test":true}') })).status).toBe(401);
  });
});

describe('GitLab', () => {
  const project = { id: 9, path_with_namespace: 'grp/app', web_url: 'https://gitlab.example/grp/app' };
  const issue = { object_kind: 'issue', project, object_attributes: { iid: 5, action: 'open' } };
  const note = { object_kind: 'note', project, object_attributes: { id: 3, note: 'secret' }, issue: { iid: 5 } };

  it.each([
    ['a public issue', 'Issue Hook', { ...issue, event_type: 'issue' }, 'gitlab.issue.open'],
    [
      'a confidential issue',
      'Confidential Issue Hook',
      { ...issue, event_type: 'confidential_issue' },
      'gitlab.confidential_issue.open',
    ],
    [
      'one whose attributes alone say so',
      'Issue Hook',
      { ...issue, object_attributes: { ...issue.object_attributes, confidential: true } },
      'gitlab.confidential_issue.open',
    ],
    ['one of an older version', 'Confidential Issue Hook', issue, 'gitlab.confidential_issue.open'],
    [
      'one that the header alone calls so, and the body does not',
      'Confidential Issue Hook',
      { ...issue, event_type: 'issue' },
      'gitlab.issue.open',
    ],
    ['a note', 'Note Hook', { ...note, event_type: 'note' }, 'gitlab.note'],
    [
      'a confidential note',
      'Confidential Note Hook',
      { ...note, event_type: 'confidential_note' },
      'gitlab.confidential_note',
    ],
    [
      'a note on a confidential issue',
      'Note Hook',
      { ...note, issue: { iid: 5, confidential: true } },
      'gitlab.confidential_note',
    ],
    [
      'an internal note',
      'Note Hook',
      { ...note, object_attributes: { ...note.object_attributes, internal: true } },
      'gitlab.confidential_note',
    ],
    [
      'a confidential work item',
      'Confidential Issue Hook',
      { ...issue, object_kind: 'work_item', event_type: 'confidential_work_item' },
      'gitlab.confidential_work_item.open',
    ],
    [
      'an emoji on a confidential issue',
      'Emoji Hook',
      { ...issue, object_kind: 'emoji', event_type: 'award', issue: { iid: 5, confidential: true } },
      'gitlab.confidential_emoji.open',
    ],
    [
      'an emoji on an internal note',
      'Emoji Hook',
      { ...issue, object_kind: 'emoji', event_type: 'award', issue: { iid: 5 }, note: { id: 3, internal: true } },
      'gitlab.confidential_emoji.open',
    ],
    [
      'an emoji on a note that is confidential in the words of older versions',
      'Emoji Hook',
      { ...issue, object_kind: 'emoji', event_type: 'award', issue: { iid: 5 }, note: { id: 3, confidential: true } },
      'gitlab.confidential_emoji.open',
    ],
  ])('%s has the type that tells what only some may read', async (_what, header, payload, type) => {
    const test = putOnTest(gitlab);
    const body = JSON.stringify(payload);

    await test.post(signedDelivery(gitlab, { body, headers: { 'X-Gitlab-Event': header }, nowMs: test.nowMs }));

    expect(typesOf(test)).toEqual([type]);
    const kind = type.includes('work_item') ? 'work_item' : 'issue';
    expect(sentTo(test)[0]).toMatchObject({ partitionkey: `grp/app/${kind}/5`, subject: `grp/app/${kind}/5` });
  });

  it('with its older token is taken whatever stands in the newer headers, and never without the token', async () => {
    const test = putOnTest(gitlab);
    const delivery = signedDelivery(gitlab, { body: JSON.stringify(issue), nowMs: test.nowMs });
    const newer = { 'webhook-id': 'msg_1', 'webhook-timestamp': '1', 'webhook-signature': `v1,${'A'.repeat(43)}=` };

    expect((await test.post({ ...delivery, headers: { ...delivery.headers, ...newer } })).status).toBe(200);
    expect(
      (await test.post({ ...delivery, headers: { ...delivery.headers, ...newer, 'X-Gitlab-Token': 'no' } })).status,
    ).toBe(401);
  });
});

describe('names in other alphabets', () => {
  it.each([
    'status',
    'статус',
    'zamanaşımı',
    '休憩',
  ])('the command %s keeps its name on Discord and Slack', async (name) => {
    const segment = encodeURIComponent(name);
    const named: Bot = { ...notifier, events: [`discord.application_command.${name}`, `slack.slash_command.${name}`] };
    const onDiscord = putOnTest(discord, { bots: [named] });
    const onSlack = putOnTest(slack, { bots: [named] });
    const interaction = { id: '9', application_id: '1', type: 2, token: 't', data: { id: '2', name }, guild_id: 'g' };
    const command = new URLSearchParams({ command: `/${name}`, text: 'x', team_id: 'T', channel_id: 'C' }).toString();

    await onDiscord.post(signedDelivery(discord, { body: JSON.stringify(interaction), nowMs: onDiscord.nowMs }));
    await onSlack.post(signedDelivery(slack, { body: command, contentType: form, nowMs: onSlack.nowMs }));

    expect(typesOf(onDiscord)).toEqual([`discord.application_command.${segment}`]);
    expect(typesOf(onSlack)).toEqual([`slack.slash_command.${segment}`]);
  });

  it.each([
    ['My Special Shop', 'My Fe App', 'My Special Shop/My Fe App'],
    ['My Special Shop', 'My Fe App', 'My Special Shop/*'],
    ['My Special Shop', 'My Fe App', '*/my fe app'],
    ['größe', 'app', 'Größe'],
    ['Проект', 'Магазин', 'Проект/Магазин'],
    ['~jdoe', 'notes', '~jdoe/notes'],
  ])('the project %s and repository %s of Azure DevOps are named by %s', async (project, name, pattern) => {
    const chosen: Bot = { ...notifier, name: 'shop', queue: 'bot-shop', repositories: [pattern] };
    const other: Bot = { ...notifier, repositories: ['My Special Shop/Another', 'elsewhere'] };
    const test = putOnTest(azureDevops, { bots: [chosen, other] });
    const resource = {
      refUpdates: [{ name: 'refs/heads/größer als' }],
      repository: { name, project: { name: project } },
    };
    const body = JSON.stringify({ id: 'e1', eventType: 'git.push', resource });

    await test.post(signedDelivery(azureDevops, { body, nowMs: test.nowMs }));

    expect(sentTo(test, chosen)).toHaveLength(1);
    expect(sentTo(test, other)).toEqual([]);
  });
});

describe('a header that came twice', () => {
  const body = '{"id":1,"admin_graphql_api_id":"gid://shopify/Order/1"}';
  const headers = { 'X-Shopify-Topic': 'orders/create', 'X-Shopify-Shop-Domain': 'a.myshopify.com' };

  it.each([', ', ','])('of Shopify, joined by %j: a signature is 401, a topic is 400', async (comma) => {
    const test = putOnTest(shopify);
    const delivery = signedDelivery(shopify, { body, headers, nowMs: test.nowMs });
    const doubled = (name: string) => {
      const value = delivery.headers[name] ?? '';
      return { ...delivery, headers: { ...delivery.headers, [name]: `${value}${comma}${value}` } };
    };

    expect((await test.post(doubled('X-Shopify-Hmac-SHA256'))).status).toBe(401);
    expect((await test.post(doubled('X-Shopify-Topic'))).status).toBe(400);
    expect((await test.post(delivery)).status).toBe(200);
  });
});

describe('Jira', () => {
  it('without a body is 400: nothing of such a delivery is signed', async () => {
    const test = putOnTest(jira);

    expect((await test.post(signedDelivery(jira, { body: '', nowMs: test.nowMs }))).status).toBe(400);
    expect(sentTo(test)).toEqual([]);
  });
});

describe('bytes that are no UTF-8', () => {
  it('in a genuine delivery are 400, and nothing is kept', async () => {
    const test = putOnTest(github);
    const body = Buffer.concat([
      Buffer.from('{"ref":"refs/heads/main","m":"caf'),
      Buffer.from([0xe9]),
      Buffer.from('"}'),
    ]);

    const reply = await test.post(
      signedDelivery(github, { body, headers: { 'X-GitHub-Event': 'push' }, nowMs: test.nowMs }),
    );

    expect(reply).toMatchObject({ status: 400, json: { code: 'MalformedPayload' } });
    expect(test.memory.archive.names()).toEqual([]);
  });
});

describe('a repository dispatch', () => {
  it.each([
    ['deploy', 'github.repository_dispatch.deploy'],
    ['deploy.prod', 'github.repository_dispatch.deploy%2Eprod'],
    ['deploy prod', 'github.repository_dispatch.deploy%20prod'],
    ['🚀', 'github.repository_dispatch.%F0%9F%9A%80'],
    ['x'.repeat(100), `github.repository_dispatch.${'x'.repeat(100)}`],
  ])('named %s reaches the bot that asks for it by that name', async (action, type) => {
    const pattern = `github.repository_dispatch.${action.replaceAll('.', '%2E')}`;
    const test = putOnTest(github, { bots: [{ ...notifier, events: [pattern] }] });
    const body = JSON.stringify({ action, branch: 'main', client_payload: {}, repository: { full_name: 'o/r' } });

    await test.post(
      signedDelivery(github, { body, headers: { 'X-GitHub-Event': 'repository_dispatch' }, nowMs: test.nowMs }),
    );

    expect(typesOf(test)).toEqual([type]);
  });
});
