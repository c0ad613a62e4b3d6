import type { Statements } from './store/driver.ts';

/** Everything that is written down for the team's administrator. */
export type AuditEvent =
  | 'member_invited'
  | 'installation_enrolled'
  | 'invite_refused'
  | 'flow_started'
  | 'flow_declined'
  | 'state_unknown'
  | 'state_expired'
  | 'mix_up'
  | 'key_mismatch'
  | 'handle_refused'
  | 'exchange_refused'
  | 'connection_made'
  | 'refresh_started'
  | 'connection_refreshed'
  | 'connection_ended'
  | 'connection_erased'
  | 'vault_refused'
  | 'vault_rewrapped';

/** Who and what an entry is about. Tokens, codes and free text never stand here. */
export interface AuditSubject {
  requestId?: string | undefined;
  memberId?: string | undefined;
  installationId?: string | undefined;
  connectionId?: string | undefined;
  flowId?: string | undefined;
  providerId?: string | undefined;
}

/** Appends one entry. What cannot be written down is refused: the caller's request fails with this promise. */
export async function recordAudit(
  statements: Statements,
  atMs: number,
  event: AuditEvent,
  outcome: 'done' | 'refused',
  subject: AuditSubject,
): Promise<void> {
  await statements.run(
    `INSERT INTO audit (at_ms, event, outcome, request_id, member_id, installation_id, connection_id, flow_id, provider_id)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    atMs,
    event,
    outcome,
    subject.requestId ?? null,
    subject.memberId ?? null,
    subject.installationId ?? null,
    subject.connectionId ?? null,
    subject.flowId ?? null,
    subject.providerId ?? null,
  );
}
