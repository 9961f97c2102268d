/** What the database looks like while revisions run: read when somebody asks, then kept up by applying operations. */

import type { Operation } from "../operations/operation.js";
import { applyOperation } from "../operations/registry.js";
import type { SchemaDef } from "../schema/schema.js";

export interface SchemaState {
  /** The schema now; reads the database if nobody has yet, or if SQL of the user's own ran since. */
  current(): Promise<SchemaDef>;
  /** The schema now if it is known without asking the database. */
  known(): SchemaDef | null;
  /** Follows an operation that has been run. Does nothing while the schema is not known. */
  follow(op: Operation): void;
  /** What is known may no longer be true. */
  forget(): void;
}

export function createSchemaState(read: () => Promise<SchemaDef>): SchemaState {
  let schema: SchemaDef | null = null;
  return {
    async current() {
      schema ??= await read();
      return schema;
    },
    known: () => schema,
    follow(op) {
      if (schema !== null) schema = applyOperation(schema, op);
    },
    forget() {
      schema = null;
    },
  };
}

/** A state that never asks a database: for scripts and recordings, where replaying is all there is. */
export function createReplayedState(start: SchemaDef): SchemaState {
  let schema = start;
  return {
    current: async () => schema,
    known: () => schema,
    follow(op) {
      schema = applyOperation(schema, op);
    },
    forget() {},
  };
}
