/** Exit code 3: the revision history. */
import { type ErrorOptions, TsMigrateError } from "./base.js";

export class RevisionError extends TsMigrateError {
  readonly code: string = "TSM_REVISION";
  readonly exitCode: number = 3;
}

export class RevisionNotFoundError extends RevisionError {
  override readonly code = "TSM_REVISION_NOT_FOUND";
  readonly given: string;
  readonly near: readonly string[];
  constructor(message: string, options: ErrorOptions & { given: string; near?: readonly string[] }) {
    super(message, options);
    this.given = options.given;
    this.near = options.near ?? [];
  }
}

export class AmbiguousRevisionError extends RevisionError {
  override readonly code = "TSM_REVISION_AMBIGUOUS";
  readonly given: string;
  readonly matches: readonly string[];
  constructor(message: string, options: ErrorOptions & { given: string; matches: readonly string[] }) {
    super(message, options);
    this.given = options.given;
    this.matches = options.matches;
  }
}

export class MultipleHeadsError extends RevisionError {
  override readonly code = "TSM_MULTIPLE_HEADS";
  readonly heads: readonly string[];
  constructor(message: string, options: ErrorOptions & { heads: readonly string[] }) {
    super(message, options);
    this.heads = options.heads;
  }
}

/** A relative target (`-1`, `+2`) that several current heads could answer differently. */
export class AmbiguousTargetError extends RevisionError {
  override readonly code = "TSM_TARGET_AMBIGUOUS";
  readonly current: readonly string[];
  constructor(message: string, options: ErrorOptions & { current: readonly string[] }) {
    super(message, options);
    this.current = options.current;
  }
}

export class RevisionCycleError extends RevisionError {
  override readonly code = "TSM_REVISION_CYCLE";
  readonly revisions: readonly string[];
  constructor(message: string, options: ErrorOptions & { revisions: readonly string[] }) {
    super(message, options);
    this.revisions = options.revisions;
  }
}

export class DuplicateRevisionError extends RevisionError {
  override readonly code = "TSM_REVISION_DUPLICATE";
  readonly id: string;
  readonly paths: readonly string[];
  constructor(message: string, options: ErrorOptions & { id: string; paths: readonly string[] }) {
    super(message, options);
    this.id = options.id;
    this.paths = options.paths;
  }
}

/** The target does not lie on the requested side of where the database is. */
export class NotAncestorError extends RevisionError {
  override readonly code = "TSM_NOT_ANCESTOR";
  readonly lower: string;
  readonly upper: string;
  constructor(message: string, options: ErrorOptions & { lower: string; upper: string }) {
    super(message, options);
    this.lower = options.lower;
    this.upper = options.upper;
  }
}

/** A revision file that cannot be read, parsed or imported. */
export class RevisionFileError extends RevisionError {
  override readonly code = "TSM_REVISION_FILE";
  readonly path: string;
  constructor(message: string, options: ErrorOptions & { path: string }) {
    super(message, options);
    this.path = options.path;
  }
}

export class IrreversibleRevisionError extends RevisionError {
  override readonly code = "TSM_IRREVERSIBLE";
  readonly revision: string;
  constructor(message: string, options: ErrorOptions & { revision: string }) {
    super(message, options);
    this.revision = options.revision;
  }
}

/** Applied revisions do not say any more what was applied. */
export class RevisionEditedError extends RevisionError {
  override readonly code = "TSM_REVISION_EDITED";
  readonly revisions: readonly string[];
  constructor(message: string, options: ErrorOptions & { revisions: readonly string[] }) {
    super(message, options);
    this.revisions = options.revisions;
  }
}

/** The revision would have to be applied nowhere, and is. */
export class RevisionAppliedError extends RevisionError {
  override readonly code = "TSM_REVISION_APPLIED";
  readonly revision: string;
  /** Of the config's targets, those that have it; none where its own database has. */
  readonly targets: readonly string[];
  constructor(message: string, options: ErrorOptions & { revision: string; targets: readonly string[] }) {
    super(message, options);
    this.revision = options.revision;
    this.targets = options.targets;
  }
}

/** Revisions were put below applied ones, where nothing would ever run them. */
export class RevisionOutOfOrderError extends RevisionError {
  override readonly code = "TSM_REVISION_OUT_OF_ORDER";
  readonly revisions: readonly string[];
  constructor(message: string, options: ErrorOptions & { revisions: readonly string[] }) {
    super(message, options);
    this.revisions = options.revisions;
  }
}

/** The file that names the heads, so that parallel branches conflict in version control, says something else. */
export class HeadsFileError extends RevisionError {
  override readonly code = "TSM_HEADS_FILE";
  readonly path: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
  constructor(
    message: string,
    options: ErrorOptions & { path: string; expected: readonly string[]; found: readonly string[] },
  ) {
    super(message, options);
    this.path = options.path;
    this.expected = options.expected;
    this.found = options.found;
  }
}
