/** PostgreSQL, 12 and later. */
import { InternalError } from "../../errors.js";
import type { Connection, Dialect } from "../dialect.js";
import { findUnread } from "./catalog/find-unread.js";
import { holdsTables } from "./catalog/holds-tables.js";
import { introspect } from "./catalog/introspect.js";
import { listSchemas } from "./catalog/list-schemas.js";
import { adapt } from "./compile/adapt.js";
import { compile } from "./compile/compile.js";
import { keeping } from "./compile/kept-privileges.js";
import { script } from "./compile/script.js";
import { adoptConnection, openConnection } from "./connection/connect.js";
import { PostgresConnection } from "./connection/connection.js";
import { readLoad } from "./connection/load.js";
import { readLockRoom } from "./lock-room.js";
import { reconcile } from "./reconcile/reconcile.js";
import { findIndex } from "./recovery/find-index.js";
import { finishInterrupted } from "./recovery/finish-interrupted.js";
import { findLeftovers } from "./recovery/leftovers.js";
import { dropInvalidRaw } from "./recovery/raw-index.js";
import { tooManyRights } from "./rights.js";
import { openScratch } from "./scratch/open-scratch.js";
import { runFile } from "./scratch/run-file.js";
import { typeText, valueType } from "./text/types.js";

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
  findUnread: (connection, schemas, privileges) =>
    findUnread(postgresConnection(connection), schemas, privileges?.grants === true),
  runFile,
  findIndex,
  finishInterrupted: (connection, sql, tell) => finishInterrupted(postgresConnection(connection), sql, tell),
  readLoad: (connection) => readLoad(postgresConnection(connection)),
  clearWay: (connection, sql, tell) => dropInvalidRaw(postgresConnection(connection), sql, tell),
  holdsTables: (connection, schemas) => holdsTables(postgresConnection(connection), schemas),
  findLeftovers: (connection, schemas) => findLeftovers(postgresConnection(connection), schemas),
  lockRoom: (connection) => readLockRoom(postgresConnection(connection)),
  tooManyRights: (connection) => tooManyRights(postgresConnection(connection)),
  introspect: async (connection, filter) => introspect(postgresConnection(connection), filter),
  reconcile: async (wanted, found, connection, ahead, tell) =>
    reconcile(wanted, found, postgresConnection(connection), ahead, tell),
  adapt,
  compile,
  needsRebuild: async () => false,
  compileRebuild() {
    throw new InternalError("PostgreSQL changes tables in place");
  },
  keeping,
  script,
  typeText,
  valueType,
};

/** Our own connection behind the neutral interface. */
function postgresConnection(connection: Connection): PostgresConnection {
  if (connection instanceof PostgresConnection) return connection;
  throw new InternalError("a connection of another dialect was given to PostgreSQL");
}
