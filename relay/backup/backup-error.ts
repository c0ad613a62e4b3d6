/** A backup that cannot be made or put back, in words for the operator. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}
