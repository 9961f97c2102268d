/**
 * Random tables that refer to each other, themselves included, with every action there is and rows everywhere; one of
 * them is changed in a way that makes its rows move. Nothing else may change.
 */
import Database from "better-sqlite3";
import type { Operation } from "../../src/operations/operation.js";
import { connectTo, runOperations } from "./engine.js";

/** A number from 0 up to 1, each time another one. */
export type Chance = () => number;

export interface GraphRebuild {
  /** The schema and the change, for a report. */
  readonly description: string;
  readonly rows: number;
  /** Rows and facts that are not as they were; empty when all went well. */
  readonly differences: readonly string[];
}

const ACTIONS = ["CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT", "NO ACTION"] as const;

/** Makes such a database in `file`, rebuilds one of its tables with enforcement on before and after, and compares. */
export async function rebuildInRandomGraph(chance: Chance, file: string): Promise<GraphRebuild> {
  const whole = (from: number, to: number) => from + Math.floor(chance() * (to - from + 1));
  const pick = <T>(items: readonly T[]): T => items[whole(0, items.length - 1)]!;
  const names = Array.from({ length: whole(1, 6) }, (_, index) => `t${index}`);
  const statements = names.map((name) => tableText(name, names, { whole, pick }));
  const db = new Database(file);
  db.pragma("foreign_keys = OFF");
  db.pragma("synchronous = OFF");
  for (const sql of statements) db.exec(sql);
  fill(db, names, { whole, pick });
  const before = contents(db, names);
  const target = pick(names);
  const change = changeOf(target, pick(["type", "default", "check", "unique", "always", "drop", "add", "rowid"]));
  const connection = await connectTo(`sqlite:///${file}`);
  try {
    await connection.query("PRAGMA synchronous = OFF");
    await connection.query("PRAGMA foreign_keys = ON");
    await runOperations(connection, change);
    const enforced = (await connection.query<{ foreign_keys: number }>("PRAGMA foreign_keys")).rows[0]?.foreign_keys;
    const after = contents(db, names);
    return {
      description: [...statements, JSON.stringify(change)].join(";\n"),
      rows: [...before.values()].reduce((sum, lines) => sum + lines.length, 0),
      differences: [
        ...names.flatMap((name) => difference(name, before.get(name)!, after.get(name)!)),
        ...(enforced === 1 ? [] : ["foreign keys are not enforced afterwards"]),
        ...keyDifferences(db, statements),
      ],
    };
  } finally {
    await connection.close();
    db.close();
  }
}

interface Choice {
  whole(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
}

/** `k` is the key, `note` is what changes, `r0`… refer to tables: any of them, this one too. */
function tableText(name: string, names: readonly string[], { whole, pick }: Choice): string {
  const kind = pick(["rowid", "rowid", "autoincrement", "text", "withoutRowid"]);
  const key =
    kind === "autoincrement"
      ? "k INTEGER PRIMARY KEY AUTOINCREMENT"
      : kind === "rowid"
        ? "k INTEGER PRIMARY KEY"
        : "k INT NOT NULL PRIMARY KEY";
  const references = Array.from({ length: whole(0, 3) }, (_, index) => {
    const deferred = pick(["", "", " DEFERRABLE INITIALLY DEFERRED"]);
    return `r${index} INTEGER DEFAULT 1 REFERENCES ${pick(names)} (k) ON DELETE ${pick(ACTIONS)} ON UPDATE ${pick(ACTIONS)}${deferred}`;
  });
  const columns = [key, "note TEXT", "extra INTEGER", ...references];
  const trigger =
    whole(0, 3) > 0
      ? ""
      : `; CREATE TRIGGER tr_${name} AFTER DELETE ON ${name} BEGIN DELETE FROM ${pick(names)} WHERE k = old.k; END`;
  const index = `; CREATE INDEX ix_${name} ON ${name} (${references.length > 0 ? "r0" : "note"})`;
  return `CREATE TABLE ${name} (${columns.join(", ")})${kind === "withoutRowid" ? " WITHOUT ROWID" : ""}${index}${trigger}`;
}

function fill(db: Database.Database, names: readonly string[], { whole, pick }: Choice): void {
  const counts = new Map(names.map((name) => [name, whole(1, 12)]));
  for (const name of names) {
    const targets = db
      .prepare(`SELECT "from" AS name, "table" AS target FROM pragma_foreign_key_list(?)`)
      .all(name) as {
      name: string;
      target: string;
    }[];
    const columns = ["k", "note", "extra", ...targets.map((one) => one.name)];
    const insert = db.prepare(
      `INSERT INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    );
    for (let k = 1; k <= counts.get(name)!; k++) {
      const references = targets.map(({ target }) => pick([null, whole(1, counts.get(target)!)]));
      insert.run(k, `n${k}`, k * 7, ...references);
    }
  }
}

/** What makes the table move to a new form without a word about its rows. */
function changeOf(name: string, kind: string): readonly Operation[] {
  const table = { name };
  switch (kind) {
    case "type":
      return [{ kind: "alterColumn", table, column: "note", changes: { type: { name: "varchar", args: [40] } } }];
    case "default":
      return [{ kind: "alterColumn", table, column: "note", changes: { default: { kind: "literal", value: "new" } } }];
    case "check":
      return [
        {
          kind: "batchAlterTable",
          table,
          recreate: "always",
          operations: [
            { kind: "createCheckConstraint", table, constraint: { name: "ck", expression: "note <> 'never'" } },
          ],
        },
      ];
    case "unique":
      return [{ kind: "createUniqueConstraint", table, constraint: { name: "uq", columns: ["extra"] } }];
    case "drop":
      return [
        { kind: "createUniqueConstraint", table, constraint: { name: "uq", columns: ["extra"] } },
        { kind: "dropConstraint", table, name: "uq" },
      ];
    case "add":
      return [
        {
          kind: "addColumn",
          table,
          column: {
            name: "made",
            type: { name: "integer" },
            nullable: true,
            generated: { expression: "extra + 1", stored: true },
          },
        },
      ];
    case "rowid":
      return [{ kind: "alterColumn", table, column: "extra", changes: { nullable: true, default: { kind: "now" } } }];
    default:
      return [{ kind: "batchAlterTable", table, recreate: "always", operations: [] }];
  }
}

/** Every row of every table, of the columns there were at the beginning. */
function contents(db: Database.Database, names: readonly string[]): ReadonlyMap<string, readonly string[]> {
  return new Map(
    names.map((name) => {
      const columns = db.prepare("SELECT name FROM pragma_table_info(?) WHERE name <> 'made'").pluck().all(name);
      const rows = db
        .prepare(`SELECT ${columns.join(", ")} FROM ${name} ORDER BY k`)
        .raw()
        .all();
      return [name, rows.map((row) => JSON.stringify(row))];
    }),
  );
}

function difference(name: string, before: readonly string[], after: readonly string[]): readonly string[] {
  return [
    ...before.filter((row) => !after.includes(row)).map((row) => `${name} lost ${row}`),
    ...after.filter((row) => !before.includes(row)).map((row) => `${name} got ${row}`),
  ];
}

/** The same foreign keys in every table, and no row that breaks one. */
function keyDifferences(db: Database.Database, statements: readonly string[]): readonly string[] {
  const fresh = new Database(":memory:");
  for (const sql of statements) fresh.exec(sql);
  const keys = (of: Database.Database) =>
    (
      of
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 't%' ORDER BY 1")
        .pluck()
        .all() as string[]
    )
      .flatMap((table) =>
        of
          .prepare("SELECT * FROM pragma_foreign_key_list(?)")
          .all(table)
          .map((row) => `${table} ${JSON.stringify(row)}`),
      )
      .sort();
  const [expected, found] = [keys(fresh), keys(db)];
  fresh.close();
  const broken = db.prepare("SELECT * FROM pragma_foreign_key_check").all();
  return [
    ...(JSON.stringify(expected) === JSON.stringify(found) ? [] : [`foreign keys: ${found.join(" ")}`]),
    ...broken.map((row) => `broken key ${JSON.stringify(row)}`),
  ];
}
