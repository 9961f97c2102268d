/** A failure inside a step, with what only the runner knows: which revision, which statement, where the database is now. */
import {
  InternalError,
  InterruptedError,
  IrreversibleRevisionError,
  MigrationFailedError,
  OperationConflictError,
  OperationError,
  QueryError,
  RevisionError,
  StepChangedError,
  StepUnresolvedError,
  TsMigrateError,
  UnsupportedOperationError,
  VersionTableError,
} from "../errors.js";
import type { RevisionStep } from "../revisions/revision.js";
import { printableLine } from "../util/printable.js";

export interface FailureContext {
  readonly step: RevisionStep;
  /** Heads the database is at after the rollback. */
  readonly heads: readonly string[];
  /** Revisions that were applied before this one in the same run, and stay. */
  readonly applied: readonly string[];
  /** False when the step ran outside a transaction, so that nothing could be rolled back. */
  readonly rolledBack: boolean;
  /** Was SQL only written down? Then there is no database to speak of. */
  readonly isOffline: boolean;
  /** The statement that ran last. */
  readonly lastStatement: string | undefined;
}

/** PostgreSQL: the transaction is aborted already. */
const FAILED_BEFORE = /^25P02$/;

/** Gives the error to throw: the same one where it says everything already, otherwise one that names the revision. */
export function explainFailure(cause: unknown, context: FailureContext): unknown {
  const { step, applied, lastStatement } = context;
  if (cause instanceof InterruptedError || cause instanceof InternalError || cause instanceof VersionTableError)
    return cause;
  if (cause instanceof IrreversibleRevisionError) {
    return new IrreversibleRevisionError(`revision '${step.revision.id}': ${cause.message}`, {
      revision: step.revision.id,
      cause,
    });
  }
  if (cause instanceof RevisionError || cause instanceof StepChangedError || cause instanceof StepUnresolvedError)
    return cause;
  const where = `${step.direction} of '${step.revision.id}'`;
  const state = describeState(context);
  const hint = (cause instanceof TsMigrateError ? cause.hint : undefined) ?? state;
  if (cause instanceof OperationConflictError) {
    return new OperationConflictError(`${where} failed: ${cause.message}`, { operation: cause.operation, cause, hint });
  }
  if (cause instanceof OperationError) {
    const { dialect, operation } = cause as UnsupportedOperationError;
    return new UnsupportedOperationError(`${where} failed: ${cause.message}`, { dialect, operation, cause, hint });
  }
  if (cause instanceof QueryError && FAILED_BEFORE.test(cause.sqlState ?? "")) {
    return new MigrationFailedError(
      `${where} failed: one of its statements had failed and the revision swallowed the error, so the database took everything back`,
      {
        revision: step.revision.id,
        direction: step.direction,
        applied,
        cause,
        hint: "Let the error of a failed statement pass instead of catching it, or use a savepoint around the statement.",
      },
    );
  }
  const statement = cause instanceof QueryError ? cause.sql : undefined;
  const what = cause instanceof Error ? cause.message : String(cause);
  const at = statement === undefined ? "" : ` at: ${printableLine(shorten(statement))}`;
  return new MigrationFailedError(`${where} failed${at}: ${what}`, {
    revision: step.revision.id,
    direction: step.direction,
    statement: statement ?? (cause instanceof TsMigrateError ? undefined : lastStatement),
    applied,
    cause,
    hint: cause instanceof QueryError ? joined(state, cause.hint) : hint,
  });
}

/** Where the database is, and what can be done about it. */
function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const said = parts.filter((part) => part !== undefined);
  return said.length === 0 ? undefined : said.join(" ");
}

function describeState({ heads, rolledBack, isOffline }: FailureContext): string | undefined {
  if (isOffline) return undefined;
  const at = heads.length === 0 ? "still at base" : `still at ${heads.map((id) => `'${id}'`).join(", ")}`;
  if (rolledBack) return `Rolled back; the database is ${at}.`;
  return `The version table says that the database is ${at}, but this revision runs outside a transaction: look at what it had done before you run it again.`;
}

function shorten(sql: string): string {
  return sql.length > 200 ? `${sql.slice(0, 197)}...` : sql;
}
