/** What a SQLite file holds, so that two files can be compared. */
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, rmSync } from "node:fs";
import Database from "better-sqlite3";

export interface DatabaseState {
  readonly heads: readonly string[];
  /** Hashes of the schema as it is written, and of every row; without the tables of the tool itself. */
  readonly schema: string;
  readonly rows: string;
  /** Damage, dangling references. */
  readonly problems: readonly string[];
}

/** Looks at a copy, so that what a crash left is left to the tool; `-shm` is made anew from `-wal`. */
export function stateOfCopy(file: string): DatabaseState & { readonly isHot: boolean } {
  const copy = `${file}.copy`;
  const sides = ["", "-journal", "-wal"].filter((side) => existsSync(`${file}${side}`));
  for (const side of sides) copyFileSync(`${file}${side}`, `${copy}${side}`);
  try {
    return { ...stateOf(copy), isHot: sides.length > 1 };
  } finally {
    removeDatabase(copy);
  }
}

export function stateOf(file: string): DatabaseState {
  const db = new Database(file);
  try {
    const schema = createHash("sha256");
    const rows = createHash("sha256");
    const objects = db
      .prepare("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
      .all() as { type: string; name: string; sql: string | null }[];
    const ours = objects.filter(({ name }) => !name.startsWith("tsmigrate_") && !/tsmigrate_(log|version)/.test(name));
    for (const { type, name, sql } of ours) {
      schema.update(`${type} ${name} ${sql}\n`);
      if (type !== "table") continue;
      for (const row of db
        .prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`)
        .raw()
        .safeIntegers()
        .iterate())
        rows.update(rowText(row));
    }
    const hasSequence = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'").get() !== undefined;
    if (hasSequence) {
      const marks = db.prepare("SELECT name, seq FROM sqlite_sequence WHERE name NOT LIKE 'tsmigrate%' ORDER BY name");
      for (const row of marks.raw().all()) rows.update(rowText(row));
    }
    const problems = [
      ...(db.pragma("quick_check") as { quick_check: string }[]).map((row) => row.quick_check),
      ...(db.pragma("foreign_key_check") as unknown[]).map((row) => `dangling ${JSON.stringify(row)}`),
    ].filter((text) => text !== "ok");
    return { heads: headsOf(db), schema: schema.digest("hex"), rows: rows.digest("hex"), problems };
  } finally {
    db.close();
  }
}

function headsOf(db: Database.Database): readonly string[] {
  const found = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'tsmigrate_version'").get();
  if (found === undefined) return [];
  return (db.prepare("SELECT rev FROM tsmigrate_version ORDER BY rev").raw().all() as [string][]).map(([rev]) => rev);
}

function rowText(row: unknown): string {
  return `${JSON.stringify(row, (_key, value) => (typeof value === "bigint" ? `${value}n` : value))}\n`;
}

export function copyDatabase(from: string, to: string): void {
  removeDatabase(to);
  copyFileSync(from, to);
}

export function removeDatabase(file: string): void {
  for (const side of ["", "-journal", "-wal", "-shm"]) rmSync(`${file}${side}`, { force: true });
}
