import { spawn } from 'node:child_process';
import { bundleRelay } from './build.ts';

// Production start: one bundled file on plain Node, with the arguments given (`npm run relay -- invite "Mario Rossi"`).
await bundleRelay();
const relay = spawn(process.execPath, ['dist/relay/relay.js', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => relay.kill(signal));
relay.once('exit', (code) => process.exit(code ?? 1));
