import { z } from 'zod';
import { diagnosisOf, failureCodes, type FailureCode } from './diagnosis.ts';

/** What a failure may say beside its code. All of it is safe to show to the member. */
export interface FailureDetails {
  /** Whole seconds after which trying again makes sense. */
  retryAfterSeconds?: number | undefined;
  /** Scopes that the refused call needs, provider spelling. */
  scopes?: readonly string[] | undefined;
  /** Names of the input fields that were refused, dotted paths; never their values. */
  fields?: readonly string[] | undefined;
  /** The exception underneath; stays in this process. */
  cause?: unknown;
}

/**
 * The only exception that crosses a border in Staffetta: a `code` of the closed list and nothing a stranger wrote.
 *
 * Unknown exceptions become `internal` at the border; their text goes to the log alone.
 */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly retryAfterSeconds: number | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly fields: readonly string[] | undefined;

  constructor(code: FailureCode, details: FailureDetails = {}) {
    super(code, { cause: details.cause });
    this.code = code;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.scopes = details.scopes;
    this.fields = details.fields;
  }
}

/** A failure as data: what one zone tells another, and what a view turns into words. */
export const FailureReport = z.object({
  code: z.enum(failureCodes),
  retryAfterSeconds: z.int().min(0).max(2_678_400).optional(),
  scopes: z.array(z.string().max(100)).max(100).optional(),
  fields: z.array(z.string().max(100)).max(50).optional(),
});
/** A failure as data: what one zone tells another, and what a view turns into words. */
export type FailureReport = z.infer<typeof FailureReport>;

/** The failure as data; an unknown exception is `internal`. */
export function reportOf(error: unknown): FailureReport {
  if (!(error instanceof Failure)) return { code: 'internal' };
  return {
    code: error.code,
    ...(error.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    ...(error.scopes === undefined ? {} : { scopes: [...error.scopes] }),
    ...(error.fields === undefined ? {} : { fields: [...error.fields] }),
  };
}

/** The exception that a report describes. */
export function failureOf(report: FailureReport, cause?: unknown): Failure {
  return new Failure(report.code, { ...report, cause });
}

/**
 * A refusal of the relay: problem details (RFC 9457) with our stable `code` and, where a standard names one, `error`.
 *
 * `instance` carries the request id that also stands in the relay's log.
 */
export const Problem = FailureReport.extend({
  type: z.string().max(200),
  title: z.string().max(200),
  status: z.int().min(400).max(599),
  instance: z.string().max(100).optional(),
  error: z.string().max(60).optional(),
});
/** A refusal of the relay (RFC 9457). */
export type Problem = z.infer<typeof Problem>;

const problemType = 'urn:staffetta:problem:';

/** A refusal of some relay, whatever else it says. */
const AnyProblem = z.object({ type: z.string().startsWith(problemType) });

/**
 * Reads what was answered in place of success.
 *
 * @returns `relay-incompatible` for a refusal of a relay that says more than is known here, a new code say; `relay-down` for
 *   anything else, as a captive portal or a proxy answers
 */
export function readProblem(body: unknown): FailureReport {
  const problem = Problem.safeParse(body);
  if (problem.success) return problem.data;
  return { code: AnyProblem.safeParse(body).success ? 'relay-incompatible' : 'relay-down' };
}

/** Writes `error` as problem details. `title` is fixed English for logs and developers; members read our own words. */
export function problemOf(error: unknown, status: number, requestId: string): Problem {
  const report = reportOf(error);
  const { oauthError } = diagnosisOf(report.code);
  return {
    type: problemType + report.code,
    title: report.code.replaceAll('-', ' '),
    status,
    instance: `urn:staffetta:request:${requestId}`,
    ...report,
    ...(oauthError === undefined ? {} : { error: oauthError }),
  };
}
