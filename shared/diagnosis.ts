/** Who can put a failure right. */
export type FailureOwner = 'member' | 'admin' | 'provider' | 'network' | 'software';

/** Whether doing the same thing again can succeed: never, later without a change, or after connecting again. */
export type FailureRetry = 'never' | 'later' | 'after-connect';

/** The one button that repairs a failure; `none` where only waiting or another person helps. */
export type FailureRemedy =
  | 'none'
  | 'retry'
  | 'connect'
  | 'show-permissions'
  | 'enrol'
  | 'choose-company'
  | 'allow-site'
  | 'allow-relay'
  | 'reload-page';

interface Diagnosis {
  owner: FailureOwner;
  retry: FailureRetry;
  remedy: FailureRemedy;
  /** The registered OAuth or DPoP error name, where a standard has one. */
  oauthError?: string;
}

/**
 * The closed list of reasons for which anything in Staffetta fails, and what repairs each.
 *
 * Relay, popup and in-page card share it; each code has one sentence per language in `extension/public/_locales`
 * (`failure_<code>` with `_` for `-`) and one HTTP status in `relay/http/problem.ts`.
 */
export const diagnoses = {
  // The connection to a provider account.
  expired: { owner: 'member', retry: 'after-connect', remedy: 'connect', oauthError: 'invalid_grant' },
  revoked: { owner: 'member', retry: 'after-connect', remedy: 'connect', oauthError: 'invalid_grant' },
  interrupted: { owner: 'member', retry: 'after-connect', remedy: 'connect', oauthError: 'invalid_grant' },
  'missing-scope': {
    owner: 'member',
    retry: 'after-connect',
    remedy: 'connect',
    oauthError: 'insufficient_scope',
  },
  // The same for a token made by hand: its permissions are changed at the provider, and the token stays.
  'scope-not-ticked': { owner: 'member', retry: 'never', remedy: 'show-permissions' },
  'action-off': { owner: 'member', retry: 'never', remedy: 'show-permissions' },
  'blocked-by-admin': { owner: 'admin', retry: 'never', remedy: 'none' },
  'missing-permission': { owner: 'admin', retry: 'never', remedy: 'retry' },
  quota: { owner: 'provider', retry: 'later', remedy: 'retry' },
  'licence-expired': { owner: 'member', retry: 'never', remedy: 'retry' },
  'company-not-granted': { owner: 'member', retry: 'after-connect', remedy: 'connect' },
  'company-not-chosen': { owner: 'member', retry: 'never', remedy: 'choose-company' },
  'provider-down': {
    owner: 'provider',
    retry: 'later',
    remedy: 'retry',
    oauthError: 'temporarily_unavailable',
  },
  'provider-misconfigured': { owner: 'admin', retry: 'never', remedy: 'none', oauthError: 'invalid_client' },
  'provider-refused': { owner: 'provider', retry: 'later', remedy: 'retry', oauthError: 'server_error' },
  'provider-rejected-data': { owner: 'member', retry: 'never', remedy: 'none' },
  'provider-unexpected': { owner: 'software', retry: 'later', remedy: 'retry' },
  'plan-limit': { owner: 'member', retry: 'never', remedy: 'none' },
  // What would have to be decided by a person stands in `fields`.
  'document-refused': { owner: 'member', retry: 'never', remedy: 'none' },
  // The check of the exchange (SdI) failed; its findings stand in `fields`.
  'einvoice-refused': { owner: 'member', retry: 'never', remedy: 'none' },
  'token-refused': { owner: 'member', retry: 'never', remedy: 'none', oauthError: 'invalid_token' },
  // A grant was asked for where the relay makes the calls.
  'access-brokered': { owner: 'software', retry: 'never', remedy: 'none' },
  'outcome-unknown': { owner: 'network', retry: 'later', remedy: 'retry' },

  'not-connected': { owner: 'member', retry: 'after-connect', remedy: 'connect' },

  // One attempt to connect.
  declined: { owner: 'member', retry: 'after-connect', remedy: 'connect', oauthError: 'access_denied' },
  'window-closed': { owner: 'member', retry: 'after-connect', remedy: 'connect' },
  'callback-missing': { owner: 'admin', retry: 'after-connect', remedy: 'connect' },
  'flow-in-progress': { owner: 'member', retry: 'later', remedy: 'none' },
  'flow-expired': { owner: 'member', retry: 'after-connect', remedy: 'connect' },
  'flow-unknown': { owner: 'member', retry: 'after-connect', remedy: 'connect' },
  'flow-used': { owner: 'member', retry: 'after-connect', remedy: 'connect', oauthError: 'invalid_grant' },
  'response-mismatch': { owner: 'software', retry: 'after-connect', remedy: 'connect' },
  'key-mismatch': { owner: 'software', retry: 'after-connect', remedy: 'connect' },

  // Between extension and relay.
  'relay-down': { owner: 'network', retry: 'later', remedy: 'retry' },
  // Told once by the relay: somebody without this installation's key presented a session of it, and was refused.
  'session-misused': { owner: 'admin', retry: 'never', remedy: 'none' },
  'rate-limited': { owner: 'member', retry: 'later', remedy: 'retry' },
  'relay-not-allowed': { owner: 'member', retry: 'never', remedy: 'allow-relay' },
  'relay-incompatible': { owner: 'admin', retry: 'never', remedy: 'none' },
  offline: { owner: 'network', retry: 'later', remedy: 'retry' },
  clock: { owner: 'member', retry: 'never', remedy: 'retry', oauthError: 'invalid_dpop_proof' },
  'invite-invalid': { owner: 'admin', retry: 'never', remedy: 'enrol' },
  // The team uses no single sign-on; or it does, and does not take this account in.
  'sign-in-off': { owner: 'admin', retry: 'never', remedy: 'none' },
  'sign-in-refused': { owner: 'admin', retry: 'never', remedy: 'none' },
  'not-enrolled': { owner: 'member', retry: 'never', remedy: 'enrol', oauthError: 'invalid_token' },
  'session-expired': { owner: 'software', retry: 'later', remedy: 'retry', oauthError: 'invalid_token' },
  'proof-invalid': { owner: 'software', retry: 'never', remedy: 'retry', oauthError: 'invalid_dpop_proof' },
  'nonce-required': { owner: 'software', retry: 'later', remedy: 'retry', oauthError: 'use_dpop_nonce' },
  'origin-refused': { owner: 'software', retry: 'never', remedy: 'none' },
  'request-invalid': { owner: 'software', retry: 'never', remedy: 'none', oauthError: 'invalid_request' },
  'request-too-large': { owner: 'software', retry: 'never', remedy: 'none' },
  'media-type-refused': { owner: 'software', retry: 'never', remedy: 'none' },
  'method-refused': { owner: 'software', retry: 'never', remedy: 'none' },
  'not-found': { owner: 'software', retry: 'never', remedy: 'none' },
  'storage-unavailable': { owner: 'admin', retry: 'later', remedy: 'retry' },
  internal: { owner: 'software', retry: 'later', remedy: 'retry' },

  // The contract version and the team.
  // One side does not know the other's contract any more.
  'extension-outdated': { owner: 'member', retry: 'never', remedy: 'none' },
  'relay-outdated': { owner: 'admin', retry: 'never', remedy: 'none' },
  'not-admin': { owner: 'admin', retry: 'never', remedy: 'none' },
  // The team would be left without anybody who can change what holds for all.
  'last-admin': { owner: 'admin', retry: 'never', remedy: 'none' },
  // The team's connection to a provider is one.
  'team-has-one': { owner: 'admin', retry: 'never', remedy: 'none' },
  // One address is one member; whoever was removed keeps theirs until they may return.
  'address-taken': { owner: 'admin', retry: 'never', remedy: 'none' },
  // What was read has been changed by somebody else since.
  'changed-meanwhile': { owner: 'admin', retry: 'never', remedy: 'retry' },

  // Inside the extension.
  'not-allowed': { owner: 'software', retry: 'never', remedy: 'none' },
  'site-not-allowed': { owner: 'member', retry: 'never', remedy: 'allow-site' },
  // What would have to be looked through for a double is longer than can be read.
  'too-many-records': { owner: 'member', retry: 'never', remedy: 'none' },
  // Set by whoever manages the member's computer.
  'blocked-by-organisation': { owner: 'admin', retry: 'never', remedy: 'none' },
  // Whoever listens on the way would have every token.
  'relay-insecure': { owner: 'admin', retry: 'never', remedy: 'none' },
  'invite-for-other-relay': { owner: 'admin', retry: 'never', remedy: 'none' },
  'policy-unreadable': { owner: 'admin', retry: 'never', remedy: 'none' },
  'proposal-gone': { owner: 'member', retry: 'later', remedy: 'retry' },
  // The record no longer says what was shown beside the page.
  'record-changed': { owner: 'member', retry: 'later', remedy: 'retry' },
  'series-gone': { owner: 'member', retry: 'later', remedy: 'retry' },
  // Another window sent or deleted the form.
  'draft-sent': { owner: 'member', retry: 'never', remedy: 'none' },
  'batch-in-progress': { owner: 'member', retry: 'never', remedy: 'none' },
  // The chosen company is not the one that the batch or the proposal was made for.
  'company-changed': { owner: 'member', retry: 'never', remedy: 'retry' },
  'extension-updated': { owner: 'member', retry: 'never', remedy: 'reload-page' },
} as const satisfies Record<string, Diagnosis>;

/** One reason of the closed list. */
export type FailureCode = keyof typeof diagnoses;

/** All reasons, as a non-empty tuple for schemas. */
export const failureCodes = Object.keys(diagnoses) as [FailureCode, ...FailureCode[]]; // keys of a constant

/** What repairs `code`, and whose job that is. */
export function diagnosisOf(code: FailureCode): Diagnosis {
  return diagnoses[code];
}
