/** What `op.alterConstraint`, `op.alterIndex` and `op.alterView` change: an absent key is left alone, null takes the thing away. */
import type { SqlExpression } from "../model/expression-text.js";
import type { Deferrable, StorageParameters } from "../schema/schema.js";
import type { InSchema } from "./operations.js";

export interface AlterConstraintOptions extends InSchema {
  /** Of a foreign key. */
  readonly deferrable?: Deferrable | null;
  /** PostgreSQL 18, of a foreign key. */
  readonly notEnforced?: boolean | null;
  /** All parameters that there are to be. */
  readonly with?: StorageParameters | null;
  readonly tablespace?: string | null;
}

export interface AlterIndexOptions extends InSchema {
  /** All parameters that there are to be. */
  readonly with?: StorageParameters | null;
  readonly tablespace?: string | null;
  /** How many values ANALYZE keeps of an expression, by its position from 1. */
  readonly statistics?: Readonly<Record<string, number | null>>;
}

export interface AlterViewOptions extends InSchema {
  /** Another query that gives the same columns, and more behind them at the most: CREATE OR REPLACE VIEW. */
  readonly query?: SqlExpression | string;
  /** All that there are to be. */
  readonly options?: StorageParameters | null;
  readonly columnDefaults?: Readonly<Record<string, string>> | null;
}
