/** SQLite: what a file can hold, and how it is changed without losing a row. */
import { ConnectionError } from "../../errors.js";
import type { Dialect } from "../dialect.js";
import { adapt } from "./adapt.js";
import { compile, needsRebuild } from "./compile.js";
import { adopt, connect } from "./connect.js";
import { holdsTables } from "./holds-tables.js";
import { introspect } from "./introspect.js";
import { findLeftovers } from "./leftovers.js";
import { listUnsaid } from "./list-unsaid.js";
import { compileRebuild } from "./rebuild.js";
import { reconcileSchema } from "./reconcile.js";
import { refresh } from "./refresh.js";
import { script } from "./script.js";
import { typeText } from "./types.js";

export const sqlite: Dialect = {
  name: "sqlite",
  capabilities: { alterColumn: "rebuild", schemas: false, enums: false, comments: false, concurrentIndexes: false },
  async connect(url, options) {
    if (url.dialect === "sqlite") return connect(url, options, sqlite);
    throw new ConnectionError(`'${url.display}' is not a SQLite database`, { url: url.display });
  },
  openScratch: (_place, options) =>
    connect(
      { dialect: "sqlite", file: null, worker: false, display: "a scratch database in memory" },
      { ...options, create: true, readOnly: false },
      sqlite,
    ),
  adopt: (db, options) => adopt(db, options, sqlite),
  runFile: (connection, text) => connection.script(text),
  introspect,
  listUnsaid,
  refresh,
  reconcile: async (wanted, found) => reconcileSchema(wanted, found),
  adapt,
  compile,
  needsRebuild,
  compileRebuild,
  holdsTables,
  findLeftovers,
  script,
  typeText,
};
