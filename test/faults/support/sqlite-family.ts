/**
 * A family of tables with rows (parents, cascading children, set-null children, a table that refers to itself) and
 * revisions that rebuild them, up and down.
 */
import { join } from "node:path";
import Database from "better-sqlite3";
import { must } from "./bench.js";
import { revisionFile, runCli, tell, writeProject } from "./cli.js";
import { copyDatabase, type DatabaseState, stateOf } from "./sqlite-state.js";

export type JournalMode = "delete" | "wal";

/** Heads from the start to the end. */
export const FAMILY_CHAIN = ["aaaa", "bbbb", "cccc", "dddd"] as const;

/** Printed by a revision when its transaction is open and it is about to work. */
export const BEGUN = "begun\n";
const SAY = `  process.stdout.write(${JSON.stringify(BEGUN)});`;

const FILES = {
  "a.ts": revisionFile({
    id: "aaaa",
    down: null,
    upgrade: `  await op.execute("CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(40) NOT NULL, score INTEGER, CONSTRAINT ck_score CHECK (score >= 0))");
  await op.execute("CREATE UNIQUE INDEX ix_parents_name ON parents (name DESC) WHERE score > 1");
  await op.execute("CREATE TABLE children (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL, note TEXT, CONSTRAINT fk_children FOREIGN KEY (parent_id) REFERENCES parents (id) ON DELETE CASCADE)");
  await op.execute("CREATE TABLE guests (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES parents (id) ON DELETE SET NULL, note TEXT)");
  await op.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, boss_id INTEGER, name TEXT NOT NULL, CONSTRAINT fk_people FOREIGN KEY (boss_id) REFERENCES people (id) ON DELETE CASCADE)");
  await op.execute("CREATE VIEW family AS SELECT p.name, c.note FROM parents p JOIN children c ON c.parent_id = p.id");
  await op.execute("CREATE TRIGGER tr_children AFTER DELETE ON children BEGIN UPDATE parents SET score = 0 WHERE id = old.parent_id; END");`,
    downgrade: `  await op.execute("DROP VIEW family");
  for (const table of ["people", "guests", "children", "parents"]) await op.dropTable(table);`,
  }),
  "b.ts": revisionFile({
    id: "bbbb",
    down: "aaaa",
    upgrade: `${SAY}
  await op.alterColumn("parents", "name", { type: varchar(80) });
  await op.addColumn("parents", "rank", integer().notNull().default(7));`,
    downgrade: `${SAY}
  await op.dropColumn("parents", "rank");
  await op.alterColumn("parents", "name", { type: varchar(40) });`,
  }),
  "c.ts": revisionFile({
    id: "cccc",
    down: "bbbb",
    upgrade: `${SAY}
  await op.dropConstraint("fk_people", "people");
  await op.createForeignKey("fk_people", "people", ["boss_id"], "people", ["id"], { onDelete: "set null" });
  await op.alterColumn("children", "note", { type: varchar(200) });`,
    downgrade: `${SAY}
  await op.alterColumn("children", "note", { type: text() });
  await op.dropConstraint("fk_people", "people");
  await op.createForeignKey("fk_people", "people", ["boss_id"], "people", ["id"], { onDelete: "cascade" });`,
  }),
  "d.ts": revisionFile({
    id: "dddd",
    down: "cccc",
    upgrade: `${SAY}
  await op.execute("UPDATE parents SET score = score + 1");
  await op.alterColumn("parents", "score", { type: bigint(), nullable: false });`,
    downgrade: `${SAY}
  await op.alterColumn("parents", "score", { type: integer(), nullable: true });
  await op.execute("UPDATE parents SET score = score - 1");`,
  }),
};

export interface Family {
  readonly folder: string;
  /** A file to copy, at the given end of the chain. */
  template(mode: JournalMode, at: "bottom" | "top"): string;
  /** What is wrong with a state on the way up or down; null when it is exactly one of the chain's. */
  wrong(state: DatabaseState, way: "up" | "down"): string | null;
}

/** Writes the project, fills the tables with `rows` parents, and walks the chain once to know what it should look like. */
export async function openFamily(folder: string, rows: number): Promise<Family> {
  writeProject(folder, FILES);
  const expected = new Map<string, DatabaseState>();
  const path = (mode: JournalMode, at: string) => join(folder, `template-${mode}-${at}.db`);
  for (const mode of ["delete", "wal"] as const) {
    const [bottom, top, back] = [path(mode, "bottom"), path(mode, "top"), path(mode, "back")];
    const [first, ...others] = FAMILY_CHAIN;
    await moveTo(folder, bottom, ["upgrade", first]);
    fill(bottom, rows, mode);
    copyDatabase(bottom, top);
    expected.set(`up ${first}`, stateOf(top));
    for (const head of others) {
      await moveTo(folder, top, ["upgrade", head]);
      expected.set(`up ${head}`, stateOf(top));
    }
    copyDatabase(top, back);
    expected.set(`down ${FAMILY_CHAIN.at(-1)}`, stateOf(top));
    for (const head of FAMILY_CHAIN.slice(0, -1).reverse()) {
      await moveTo(folder, back, ["downgrade", head]);
      expected.set(`down ${head}`, stateOf(back));
      // A rebuilt table is written in other words, so that only the rows can be compared across the two ways.
      const same = expected.get(`up ${head}`)!.rows === stateOf(back).rows;
      must(same, `the downgrade to ${head} does not give the rows back`);
    }
  }
  return {
    folder,
    template: path,
    wrong(state, way) {
      const [head] = state.heads;
      if (state.heads.length !== 1 || head === undefined) return `heads are ${JSON.stringify(state.heads)}`;
      if (state.problems.length > 0) return `at ${head}: ${state.problems.slice(0, 3).join(", ")}`;
      const wanted = expected.get(`${way} ${head}`);
      if (wanted?.rows !== state.rows) return `the rows are not those of ${head}`;
      return wanted.schema === state.schema ? null : `the schema is not that of ${head}`;
    },
  };
}

async function moveTo(folder: string, file: string, args: readonly string[]): Promise<void> {
  const ended = await runCli(args, { cwd: folder, url: sqliteUrl(file) });
  must(ended.code === 0, `${args.join(" ")}: ${tell(ended)}`);
  // Into the file itself, so that it can be copied.
  const db = new Database(file);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

function fill(file: string, rows: number, mode: JournalMode): void {
  const db = new Database(file);
  db.pragma("journal_mode = delete");
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)";
  const insert = (sql: string, count: number) => db.prepare(sql.replace("$n", numbers)).run(count);
  db.transaction(() => {
    insert("INSERT INTO parents (id, name, score) $n SELECT i, 'parent ' || i, i % 9 FROM n", rows);
    // A number that no row has any more must not be given again.
    db.exec(`INSERT INTO parents (id, name, score) VALUES (${rows * 3}, 'gone', 1)`);
    db.exec(`DELETE FROM parents WHERE id = ${rows * 3}`);
    insert(`INSERT INTO children $n SELECT i, 1 + i % ${rows}, 'child ' || i FROM n`, rows * 2);
    insert(`INSERT INTO guests $n SELECT i, CASE WHEN i % 5 THEN 1 + i % ${rows} END, 'guest ' || i FROM n`, rows);
    insert("INSERT INTO people $n SELECT i, CASE WHEN i > 1 THEN i / 2 END, 'person ' || i FROM n", rows);
  })();
  db.pragma(`journal_mode = ${mode}`);
  db.close();
}

export function sqliteUrl(file: string): string {
  return `sqlite:///${file}`;
}
