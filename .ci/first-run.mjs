// Starts what the client's configuration says, as the client would, and asks it
// for the call queues. Usage: node first-run.mjs CONFIGURATION
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const { command, args, env } = JSON.parse(readFileSync(process.argv[2], 'utf8')).mcpServers['zoom-phone'];
const server = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
const say = message => server.stdin.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\n');
const late = setTimeout(() => { console.error('no answer'); server.kill(); process.exit(1); }, 20_000);
createInterface({ input: server.stdout }).on('line', line => {
  const { id, result } = JSON.parse(line);
  if (id === 1) {
    say({ method: 'notifications/initialized' });
    say({ id: 2, method: 'tools/call', params: { name: 'call_zoom-phone', arguments: { method: 'list_call_queues' } } });
  }
  if (id === 2) {
    clearTimeout(late);
    server.stdin.end();
    const queues = result.structuredContent?.call_queues?.length ?? 0;
    console.log(`the installed server answers with ${queues} call queues`);
    process.exitCode = !result.isError && queues > 0 ? 0 : 1;
  }
});
say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'first-run', version: '1' } } });
