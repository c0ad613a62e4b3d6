import { ConfigError } from '../config/config.ts';

/** The first descriptor that systemd hands over (`SD_LISTEN_FDS_START`). */
const firstDescriptor = 3;

/**
 * The listening socket that systemd opened for this process (sd_listen_fds(3)): it outlives the process, so connections
 * that come while one relay ends and the next begins wait in it instead of being refused.
 *
 * @returns its descriptor; null where there is none
 * @throws ConfigError where there is more than the one
 */
export function inheritedSocket(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number,
): number | null {
  if (environment['LISTEN_PID'] !== String(pid)) return null;
  if (environment['LISTEN_FDS'] !== '1') throw new ConfigError(['systemd hands over more than one socket']);
  return firstDescriptor;
}
