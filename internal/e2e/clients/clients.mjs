// Tries the server with the official TypeScript SDK:
//
//   node clients.mjs stdio      PROGRAM
//   node clients.mjs sse        URL
//   node clients.mjs http       URL
//   node clients.mjs mcp-remote URL
//
// PROGRAM is the built binary; URL is where `serve --demo` listens, which lets in who
// has the key in ZOOM_PHONE_MCP_API_KEY. What does not hold is an error.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const [kind, target] = process.argv.slice(2);
const key = process.env.ZOOM_PHONE_MCP_API_KEY ?? '';
const bearer = (value) => ({ requestInit: { headers: value ? { Authorization: `Bearer ${value}` } : {} } });

const transports = {
  stdio: () => new StdioClientTransport({ command: target, args: ['stdio', '--demo'], stderr: 'ignore' }),
  sse: (value) => new SSEClientTransport(new URL('/sse', target), bearer(value)),
  http: (value) => new StreamableHTTPClientTransport(new URL('/mcp', target), bearer(value)),
  'mcp-remote': (value) => {
    const proxy = path.join(path.dirname(createRequire(import.meta.url).resolve('mcp-remote/package.json')), 'dist/proxy.js');
    return new StdioClientTransport({
      command: process.execPath,
      args: [proxy, `${target}/mcp`, '--transport', 'http-only', '--header', 'Authorization:${AUTHORIZATION}'],
      env: { ...process.env, AUTHORIZATION: `Bearer ${value}`, MCP_REMOTE_CONFIG_DIR: process.cwd() },
      stderr: 'ignore',
    });
  },
};
assert(transports[kind] && target, 'usage: clients.mjs stdio|sse|http|mcp-remote PROGRAM|URL');

async function connect(value = key) {
  const client = new Client({ name: 'clients', version: '1' });
  client.onerror = (e) => { client.problem ??= e; };
  await client.connect(transports[kind](value));
  return client;
}

const zoom = (client, method, params = {}, rest = {}) =>
  client.callTool({ name: 'call_zoom-phone', arguments: { method, params, ...rest } });
const text = (result) => result.content.map((c) => c.text ?? '').join('');

const checks = {
  async hello(client) {
    assert.equal(client.getServerVersion().name, 'zoom-phone-mcp');
    for (const what of ['tools', 'resources', 'prompts', 'completions']) assert(client.getServerCapabilities()[what], what);
    assert.match(client.getInstructions(), /describe_method/);
    await client.ping();
  },

  async tools(client) {
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((t) => t.name).sort(), ['call_zoom-phone', 'describe_method', 'query_zoom-phone']);
    for (const tool of tools) {
      assert.equal(tool.inputSchema.type, 'object');
      assert.equal(tool.annotations.readOnlyHint, true);
    }
  },

  async calls(client) {
    const described = await client.callTool({ name: 'describe_method', arguments: { method: 'get_a_site' } });
    assert(!described.isError, text(described));
    assert.match(text(described), /siteId/);

    const sites = await zoom(client, 'list_phone_sites');
    assert(!sites.isError, text(sites));
    assert.deepEqual(JSON.parse(text(sites)), sites.structuredContent);
    const [first] = sites.structuredContent.sites;
    const site = await zoom(client, 'get_a_site', { siteId: first.id });
    assert.equal(site.structuredContent.name, first.name);
  },

  async refusals(client) {
    const method = await zoom(client, 'list_phone_user');
    assert(method.isError);
    assert.equal(method.structuredContent.error.kind, 'unknown_method');
    const site = await zoom(client, 'get_a_site', { siteId: 'nowhere' });
    assert(site.isError);
    assert.equal(site.structuredContent.error.kind, 'not_found');
    await assert.rejects(client.callTool({ name: 'nothing' }), { code: -32602 });
    await assert.rejects(client.getPrompt({ name: 'nothing' }), { code: -32602 });
    await assert.rejects(client.readResource({ uri: 'zoom-phone://nothing' }), { code: -32002 });
  },

  async manyAtOnce(client) {
    const { structuredContent: { users } } = await zoom(client, 'list_phone_users', { page_size: 20 });
    const answers = await Promise.all(users.map((u) => zoom(client, 'phone_user', { userId: u.id })));
    answers.forEach((a, i) => assert.equal(a.structuredContent?.id, users[i].id, text(a)));
  },

  async progress(client) {
    const told = [];
    const counted = await client.callTool(
      { name: 'call_zoom-phone', arguments: { method: 'account_call_history', params: { from: '-2m' }, sql: 'SELECT count(*) FROM records', max_records: 5000 } },
      undefined, { onprogress: (p) => told.push(p.progress) });
    assert(!counted.isError, text(counted));
    assert(told.length > 2, `${told.length} notifications`);
    assert.deepEqual(told, [...told].sort((a, b) => a - b));
  },

  async prompts(client) {
    const { prompts } = await client.listPrompts();
    assert.equal(prompts.length, 15);
    const plan = await client.getPrompt({ name: 'missed_calls', arguments: { period: 'last week', queue: 'Billing' } });
    assert.match(plan.messages[0].content.text, /last week/);
    await assert.rejects(client.getPrompt({ name: 'missed_calls' }), { code: -32602 });
  },

  async resources(client) {
    const { resources } = await client.listResources();
    assert.deepEqual(resources.map((r) => r.uri), ['zoom-phone://methods']);
    const { resourceTemplates } = await client.listResourceTemplates();
    assert(resourceTemplates.some((r) => r.uriTemplate === 'zoom-phone://methods/{name}'));
    const index = await client.readResource({ uri: 'zoom-phone://methods' });
    assert.match(index.contents[0].text, /account_call_history/);
    const site = await client.readResource({ uri: 'zoom-phone://methods/get_a_site' });
    assert.equal(JSON.parse(site.contents[0].text).method, 'get_a_site');
    for (const uri of ['methods/nothing', 'results/nothing']) {
      await assert.rejects(client.readResource({ uri: `zoom-phone://${uri}` }), { code: -32002 });
    }
  },

  async completions(client) {
    const queue = await client.complete({ ref: { type: 'ref/prompt', name: 'queue_performance' }, argument: { name: 'queue', value: 'tech' } });
    assert.deepEqual(queue.completion.values, ['Technical Service']);
    const method = await client.complete({ ref: { type: 'ref/resource', uri: 'zoom-phone://methods/{name}' }, argument: { name: 'name', value: 'fax' } });
    assert(method.completion.values.includes('get_accounts_fax_logs'));
  },

  async cancelling(client) {
    const stop = new AbortController();
    const sql = "SELECT count(*) FROM account_call_history('-2m') AS c, get_call_path(c.call_history_uuid) AS p";
    const call = client.callTool({ name: 'query_zoom-phone', arguments: { sql, max_calls: 10000 } },
      undefined, { signal: stop.signal, onprogress: () => stop.abort('enough') });
    await assert.rejects(call);
    await client.ping();
  },
};

const client = await connect();
for (const [name, check] of Object.entries(checks)) {
  try {
    await check(client);
  } catch (e) {
    console.error(`${kind}: ${name}:`, e, client.problem ?? '');
    process.exit(1);
  }
  console.log(`${kind}: ${name}`);
}
if (kind === 'http') await client.transport.terminateSession();
await client.close();

if (kind === 'sse' || kind === 'http') {
  for (const wrong of ['', 'wrong']) await assert.rejects(connect(wrong), { code: 401 });
  console.log(`${kind}: keys`);
}
process.exit(0);
