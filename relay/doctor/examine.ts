import { wallClock } from '../clock.ts';
import { ConfigError, readConfig } from '../config/config.ts';
import { examineCertificate } from './certificate.ts';
import { examineDatabase } from './database.ts';
import { examineDisk } from './disk.ts';
import { failed, ok, type Finding } from './finding.ts';
import { examineFolder, examineKeys } from './keys.ts';
import { examineProviders } from './providers.ts';
import { examinePublicUrl } from './public-url.ts';

/**
 * Looks at everything that a relay depends on, and changes none of it.
 *
 * @param onCheck told before each slow look how many are done
 */
export async function examine(
  environment: Readonly<Record<string, string | undefined>>,
  onCheck: (done: number, total: number) => void,
): Promise<Finding[]> {
  const about = 'settings';
  let config;
  try {
    config = readConfig(environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults.map((fault) =>
      failed(about, `${fault}.`, 'docs/settings.md describes every setting.'),
    );
  }
  const examined = { config, now: wallClock };
  const keys = examineKeys(examined);
  const findings: Finding[] = [ok(about, 'Every setting can be used.'), ...keys.findings];
  findings.push(...examineFolder(examined), ...examineDisk(examined));
  const slow = [
    () => examineDatabase(examined, keys.vault),
    () => examineProviders(examined),
    () => examinePublicUrl(examined, keys.vault),
    () => examineCertificate(examined),
  ];
  for (const [index, look] of slow.entries()) {
    onCheck(index, slow.length);
    findings.push(...(await look()));
  }
  return findings;
}
