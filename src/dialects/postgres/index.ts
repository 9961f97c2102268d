/** PostgreSQL, 12 and later. */
import { InternalError } from "../../errors.js";
import type { Connection, Dialect } from "../dialect.js";
import { adapt } from "./adapt.js";
import { compile } from "./compile.js";
import { adoptConnection, openConnection } from "./connect.js";
import { PostgresConnection } from "./connection.js";
import { findIndex } from "./find-index.js";
import { findUnread } from "./find-unread.js";
import { finishInterrupted } from "./finish-interrupted.js";
import { holdsTables } from "./holds-tables.js";
import { introspect } from "./introspect.js";
import { findLeftovers } from "./leftovers.js";
import { listSchemas } from "./list-schemas.js";
import { openScratch } from "./open-scratch.js";
import { reconcile } from "./reconcile.js";
import { tooManyRights } from "./rights.js";
import { runFile } from "./run-file.js";
import { script } from "./script.js";
import { typeText } from "./types.js";

export const postgres: Dialect = {
  name: "postgres",
  capabilities: {
    alterColumn: "inPlace",
    schemas: true,
    enums: true,
    comments: true,
    concurrentIndexes: true,
  },
  async connect(url, options) {
    if (url.dialect !== "postgres") throw new InternalError(`PostgreSQL was given the URL of ${url.dialect}`);
    return openConnection(url, options, postgres);
  },
  openScratch: (place, options) => openScratch(place, options, postgres),
  adopt: (db, options) => adoptConnection(db, options, postgres),
  listSchemas,
  findUnread: (connection, schemas) => findUnread(postgresConnection(connection), schemas),
  runFile,
  findIndex,
  finishInterrupted: (connection, sql, tell) => finishInterrupted(postgresConnection(connection), sql, tell),
  holdsTables: (connection, schemas) => holdsTables(postgresConnection(connection), schemas),
  findLeftovers: (connection, schemas) => findLeftovers(postgresConnection(connection), schemas),
  tooManyRights: (connection) => tooManyRights(postgresConnection(connection)),
  introspect: async (connection, filter) => introspect(postgresConnection(connection), filter),
  reconcile: async (wanted, found, connection, ahead) =>
    reconcile(wanted, found, postgresConnection(connection), ahead),
  adapt,
  compile,
  needsRebuild: async () => false,
  compileRebuild() {
    throw new InternalError("PostgreSQL changes tables in place");
  },
  script,
  typeText,
};

/** Our own connection behind the neutral interface. */
function postgresConnection(connection: Connection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection;
  throw new InternalError("a connection of another dialect was given to PostgreSQL");
}
