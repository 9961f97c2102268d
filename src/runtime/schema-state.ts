/** What the database looks like while revisions run: read when somebody asks, then kept up by applying operations. */

import type { Operation } from "../operations/operation.js";
import { applyOperation } from "../operations/registry.js";
import type { SchemaDef } from "../schema/schema.js";

export interface SchemaState {
  /** The schema now; reads the database if nobody has yet, or if SQL of the user's own ran since. */
  current(): Promise<SchemaDef>;
  /** Follows an operation that has been run. Does nothing while the schema is not known. */
  follow(op: Operation): void;
  /** SQL of the user's own ran: what is known may no longer be true. */
  ran(sql: string): void;
  /** A transaction begins: {@link SchemaState.rolledBack} comes back to here. */
  begun(): void;
  rolledBack(): void;
}

export function createSchemaState(read: () => Promise<SchemaDef>): SchemaState {
  let schema: SchemaDef | null = null;
  return {
    async current() {
      schema ??= await read();
      return schema;
    },
    follow(op) {
      if (schema !== null) schema = applyOperation(schema, op);
    },
    ran() {
      schema = null;
    },
    begun() {},
    rolledBack() {
      schema = null;
    },
  };
}

/** What SQL means to a schema where no database can be asked. */
export interface ScriptRules {
  followScript(schema: SchemaDef, sql: string): SchemaDef;
  followOperation(schema: SchemaDef, op: Operation): SchemaDef;
}

/**
 * A state that never asks a database: for scripts, where replaying is all there is. `start` gives the schema at the
 * beginning and is called when somebody first needs to know; what happened until then is remembered.
 */
export function createReplayedState(start: () => Promise<SchemaDef>, rules: ScriptRules): SchemaState {
  let beginning: SchemaDef | null = null;
  let schema: SchemaDef | null = null;
  let history: ((schema: SchemaDef) => SchemaDef)[] = [];
  let mark = 0;
  const happened = (change: (schema: SchemaDef) => SchemaDef) => {
    history.push(change);
    if (schema !== null) schema = change(schema);
  };
  return {
    async current() {
      beginning ??= await start();
      schema ??= history.reduce((known, change) => change(known), beginning);
      return schema;
    },
    follow: (op) => happened((known) => rules.followOperation(applyOperation(known, op), op)),
    ran: (sql) => happened((known) => rules.followScript(known, sql)),
    begun() {
      mark = history.length;
    },
    rolledBack() {
      history = history.slice(0, mark);
      schema = null;
    },
  };
}
