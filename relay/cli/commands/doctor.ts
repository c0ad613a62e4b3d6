import { z } from 'zod';
import { examine } from '../../doctor/examine.ts';
import { Finding } from '../../doctor/finding.ts';
import { defineCommand } from '../command.ts';

/** Looks at everything the relay depends on. */
export const doctor = defineCommand({
  words: 'doctor',
  summary: 'look at everything the relay depends on and say what is wrong and how to mend it',
  detail:
    'Settings, key, data folder, disk, database, clocks, providers, redirect URLs, and, where the relay runs, its public address with certificate and proxy. It changes nothing. Exit code 1 when anything has failed.',
  example: 'doctor',
  input: z.object({}),
  output: z.object({ isHealthy: z.boolean(), findings: z.array(Finding) }),
  async run({ environment, progress }) {
    const findings = await examine(environment, (done, total) => progress.show('looked at', done, total));
    return { isHealthy: findings.every(({ level }) => level !== 'failed'), findings };
  },
  text: ({ findings }) =>
    findings.flatMap(({ level, about, says, mend }) => [
      `${level.padEnd(7)}  ${about}: ${says}`,
      ...(mend === null ? [] : [`         → ${mend}`]),
    ]),
  isGood: ({ isHealthy }) => isHealthy,
});
