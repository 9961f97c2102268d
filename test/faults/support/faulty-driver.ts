/**
 * A better-sqlite3 in a project's node_modules that is the real one, except that one statement fails, or that the disk is
 * full after some pages. The tool takes the driver from the user's project first, and so this one.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Environment variables that the driver reads. */
export interface DriverFault {
  /** The number of the statement that fails, from 1; counted over all connections to files. */
  readonly FAULT_STATEMENT?: string;
  /** Does it fail when it is prepared, or when it runs? */
  readonly FAULT_MOMENT?: "prepare" | "run";
  /** How many pages the file may grow by. */
  readonly FAULT_PAGES?: string;
  /** A file that gets the number of statements. */
  readonly FAULT_COUNT_FILE?: string;
}

export function installFaultyDriver(projectFolder: string): void {
  const folder = join(projectFolder, "node_modules/better-sqlite3");
  const realEntry = require.resolve("better-sqlite3");
  const real = require(join(dirname(realEntry), "../package.json")) as { version: string; engines: unknown };
  mkdirSync(folder, { recursive: true });
  const { version, engines } = real;
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "better-sqlite3", version, engines, main: "index.js" }),
  );
  writeFileSync(join(folder, "index.js"), source(realEntry));
}

function source(realEntry: string): string {
  return `"use strict";
const { writeFileSync } = require("node:fs");
const Real = require(${JSON.stringify(realEntry)});
const { FAULT_STATEMENT, FAULT_MOMENT, FAULT_PAGES, FAULT_COUNT_FILE } = process.env;
let statements = 0;
const failing = "SELECT * FROM a_table_that_is_not_there";
class Faulty extends Real {
  constructor(file, options) {
    super(file, options);
    this.isFile = file !== ":memory:";
    if (this.isFile && FAULT_PAGES !== undefined) {
      const pages = super.prepare("PRAGMA page_count").pluck().get();
      super.exec("PRAGMA max_page_count = " + (pages + Number(FAULT_PAGES)));
    }
  }
  countOne() {
    if (!this.isFile) return false;
    statements++;
    if (FAULT_COUNT_FILE !== undefined) writeFileSync(FAULT_COUNT_FILE, String(statements));
    return statements === Number(FAULT_STATEMENT);
  }
  prepare(sql) {
    if (!this.countOne()) return super.prepare(sql);
    const statement = super.prepare(FAULT_MOMENT === "prepare" ? failing : sql);
    const fail = () => super.exec(failing);
    return new Proxy(statement, {
      get: (target, key) => (key === "run" || key === "all" || key === "get" ? fail : target[key]),
    });
  }
  exec(sql) {
    return super.exec(this.countOne() ? failing : sql);
  }
}
Faulty.SqliteError = Real.SqliteError;
module.exports = Faulty;
`;
}
