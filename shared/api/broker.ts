import { FailureReport } from '../failure.ts';
import type { ConnectionId } from '../ids.ts';

/** Path under which the relay makes calls for a `brokered` connection; the provider's own path follows. */
export const brokerPath = '/v1/connections/:connectionId/api';

/** Methods that are brokered. */
export const brokerMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Header of an answer that came from the provider and is no success: why, as a `FailureReport` in JSON.
 *
 * The answer itself is the provider's, unchanged. Refusals of the relay's own are problem details without this header.
 */
export const diagnosisHeader = 'Staffetta-Diagnosis';

/** Where `path` of the provider's API is called through the relay. */
export function brokeredPath(connectionId: ConnectionId, path: `/${string}`): `/v1/${string}` {
  return `/v1/connections/${connectionId}/api${path}`;
}

/** The diagnosis as a header's value: ASCII, whatever a field is called. */
export function writeDiagnosis(report: FailureReport): string {
  return JSON.stringify(report).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The diagnosis in a header's value; null where there is none to read. */
export function readDiagnosis(value: string | null): FailureReport | null {
  if (value === null) return null;
  try {
    return FailureReport.safeParse(JSON.parse(value)).data ?? null;
  } catch {
    return null;
  }
}
