import { spawn } from 'node:child_process';
import { toolArgs } from './tool.ts';

// Extension with reload and relay with watch, side by side; the relay takes its settings from the environment or .env.
const children = [
  spawn(process.execPath, toolArgs('wxt', '--mode', 'sandbox'), { stdio: 'inherit' }),
  spawn(process.execPath, ['--watch', '--env-file-if-exists=.env', 'relay/main.ts'], { stdio: 'inherit' }),
];
const stop = (): void => {
  for (const child of children) child.kill('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
for (const child of children) child.once('exit', stop);
