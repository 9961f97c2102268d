/** SQLite: what a file can hold, and how it is changed without losing a row. */
import { ConnectionError } from "../../errors.js";
import type { Dialect } from "../dialect.js";

import { holdsTables } from "./catalog/holds-tables.js";
import { introspect } from "./catalog/introspect.js";
import { listUnsaid } from "./catalog/list-unsaid.js";
import { refresh } from "./catalog/refresh.js";
import { findUnread } from "./catalog/unsayable.js";
import { checkMade } from "./compile/check-made.js";
import { compile, needsRebuild } from "./compile/compile.js";
import { script } from "./compile/script.js";
import { adopt, connect } from "./connection/connect.js";
import { adapt } from "./forms/adapt.js";
import { findLeftovers } from "./rebuild/leftovers.js";
import { compileRebuild } from "./rebuild/rebuild.js";
import { reconcileSchema } from "./reconcile/reconcile.js";
import { runFile } from "./run-file.js";
import { typeText, valueType } from "./text/types.js";

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
  runFile,
  introspect,
  findUnread,
  listUnsaid,
  refresh,
  reconcile: async (wanted, found) => reconcileSchema(wanted, found),
  adapt,
  compile,
  needsRebuild,
  compileRebuild,
  checkMade,
  holdsTables,
  findLeftovers,
  script,
  typeText,
  valueType,
};
