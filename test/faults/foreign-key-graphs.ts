/** Random tables that refer to one another in every way, with rows, rebuilt on SQLite. */
import { join } from "node:path";
import Database from "better-sqlite3";
import { type Bench, must, type Run, type Scenario } from "./support/bench.js";
import { BEGINNING, revisionFile, runCli, STAMPED, tell, writeProject } from "./support/cli.js";
import type { Random } from "./support/random.js";
import { sqliteUrl } from "./support/sqlite-family.js";
import { removeDatabase, stateOf } from "./support/sqlite-state.js";

/** One revision for all graphs: what it does is an argument, so that no graph needs a file of its own. */
const FILES = {
  "begin.ts": BEGINNING,
  "a.ts": revisionFile({
    id: "aaaa",
    down: "begin",
    upgrade: `  for (const [table, change, text] of JSON.parse(op.args.plan!)) {
    if (change === "type") await op.alterColumn(table, "note", { type: varchar(200) });
    if (change === "default") await op.alterColumn(table, "note", { default: "none" });
    if (change === "check") await op.createCheckConstraint("ck_" + table, table, "amount <> 12345");
    if (change === "unique") await op.createUniqueConstraint("uq_" + table, table, ["id", "note"]);
    if (change === "column") await op.addColumn(table, "extra", integer().notNull().default(1));
    if (change === "numeric") await op.alterColumn(table, "amount", { type: bigint() });
    if (change === "action") {
      await op.dropConstraint("fk_" + table + "_0", table);
      await op.createForeignKey("fk_" + table + "_0", table, ["r0"], text, ["id"], { onDelete: "cascade" });
    }
  }`,
    downgrade: "",
  }),
};
const CHANGES = ["type", "default", "check", "unique", "column", "numeric", "action"] as const;
const ACTIONS = ["CASCADE", "SET NULL", "RESTRICT", "NO ACTION", "SET DEFAULT"] as const;

interface Reference {
  readonly to: number;
  readonly action: string;
  readonly deferred: boolean;
}
interface Table {
  readonly name: string;
  readonly withoutRowid: boolean;
  readonly autoIncrement: boolean;
  readonly references: readonly Reference[];
  readonly rows: number;
}

export const foreignKeyGraphs: Scenario = {
  name: "foreign-key-graphs",
  title: "SQLite: random graphs of foreign keys, with rows, cycles and triggers, rebuilt: no row changed",
  async run(bench) {
    const folder = bench.folder("graphs");
    writeProject(folder, FILES);
    await bench.series("graph", bench.count(2_000, 20), (run) => oneGraph(bench, folder, run));
  },
};

async function oneGraph(bench: Bench, folder: string, { random, lane }: Run): Promise<void> {
  const file = join(folder, `graph-${lane}.db`);
  removeDatabase(file);
  const tables = randomTables(random);
  const isDangling = random.chance(0.1);
  build(file, tables, random, isDangling);
  const plan = randomPlan(random, tables);
  const before = snapshot(file, tables);
  const violations = stateOf(file).problems.length;
  const args = ["upgrade", "-x", `plan=${JSON.stringify(plan)}`];
  const ended = await runCli(args, { cwd: folder, url: sqliteUrl(file) });
  must(ended.code === 0, `${JSON.stringify(plan)}: ${tell(ended)}`);
  const after = snapshot(file, tables);
  for (const { name } of tables) {
    must(before.rows.get(name) === after.rows.get(name), `rows of ${name} changed: ${JSON.stringify(plan)}`);
    must(before.keys.get(name) === after.keys.get(name), `foreign keys of ${name} changed: ${JSON.stringify(plan)}`);
  }
  must(before.extras === after.extras, `indexes, views or triggers are others: ${before.extras} / ${after.extras}`);
  must(stateOf(file).problems.length === violations, "references dangle that did not");
  bench.note("tables", tables.length);
  bench.note(
    "rows",
    tables.reduce((sum, { rows }) => sum + rows, 0),
  );
  bench.note(
    "foreign keys",
    tables.reduce((sum, { references }) => sum + references.length, 0),
  );
  bench.note("rebuilt or altered", new Set(plan.map(([table]) => table)).size);
  if (violations > 0) bench.note("graphs that had dangling rows");
  removeDatabase(file);
}

function randomTables(random: Random): readonly Table[] {
  const count = random.integer(2, 7);
  return Array.from({ length: count }, (_, index) => ({
    name: random.chance(0.1) ? `t ${index} "odd"` : `t${index}`,
    withoutRowid: random.chance(0.15),
    autoIncrement: random.chance(0.3),
    references: Array.from({ length: random.integer(0, 3) }, () => ({
      // Earlier, later, and itself: cycles are as likely as trees.
      to: random.integer(0, count - 1),
      action: random.pick(ACTIONS),
      deferred: random.chance(0.2),
    })),
    rows: random.integer(0, 30),
  }));
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function build(file: string, tables: readonly Table[], random: Random, isDangling: boolean): void {
  const db = new Database(file);
  db.pragma("foreign_keys = OFF");
  db.pragma(`journal_mode = ${random.pick(["delete", "wal"])}`);
  for (const table of tables) {
    const key =
      table.autoIncrement && !table.withoutRowid ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "INTEGER PRIMARY KEY";
    const columns = table.references.map((_, at) => `r${at} INTEGER DEFAULT NULL`);
    const keys = table.references.map(({ to, action, deferred }, at) => {
      const when = deferred ? " DEFERRABLE INITIALLY DEFERRED" : "";
      const name = quoted(`fk_${table.name}_${at}`);
      return `CONSTRAINT ${name} FOREIGN KEY (r${at}) REFERENCES ${quoted(tables[to]!.name)} (id) ON DELETE ${action} ON UPDATE CASCADE${when}`;
    });
    const parts = [`id ${key}`, "note TEXT", "amount INTEGER", ...columns, ...keys].join(", ");
    db.exec(`CREATE TABLE ${quoted(table.name)} (${parts})${table.withoutRowid ? " WITHOUT ROWID" : ""}`);
  }
  db.exec("CREATE TABLE deleted (what TEXT)");
  db.transaction(() => {
    for (const table of tables) {
      const places = ["?", "?", "?", ...table.references.map(() => "?")].join(", ");
      const insert = db.prepare(`INSERT INTO ${quoted(table.name)} VALUES (${places})`);
      for (let id = 1; id <= table.rows; id++) {
        const references = table.references.map(({ to }) => {
          if (isDangling && random.chance(0.1)) return 99_999;
          const { rows } = tables[to]!;
          return rows === 0 || random.chance(0.2) ? null : random.integer(1, rows);
        });
        insert.run(id, random.pick(["", "x", "it's", "é\n", null]), random.integer(-5, 5), ...references);
      }
    }
  })();
  for (const table of tables) {
    const name = quoted(table.name);
    if (random.chance(0.4))
      db.exec(`CREATE INDEX ${quoted(`ix_${table.name}`)} ON ${name} (note DESC, amount) WHERE amount > 0`);
    if (random.chance(0.3)) {
      const trigger = quoted(`tr_${table.name}`);
      db.exec(`CREATE TRIGGER ${trigger} AFTER DELETE ON ${name} BEGIN INSERT INTO deleted VALUES (old.id); END`);
    }
    if (random.chance(0.2)) db.exec(`CREATE VIEW ${quoted(`v_${table.name}`)} AS SELECT id, note FROM ${name}`);
  }
  db.exec(STAMPED);
  db.close();
}

type Change = readonly [table: string, change: string, text: string];

/** Changes that no row notices. */
function randomPlan(random: Random, tables: readonly Table[]): readonly Change[] {
  const plan: Change[] = [];
  for (const table of tables.filter(() => random.chance(0.6))) {
    for (const change of CHANGES.filter(() => random.chance(0.3))) {
      const [reference] = table.references;
      if (change === "action" && reference === undefined) continue;
      plan.push([table.name, change, reference === undefined ? "" : tables[reference.to]!.name]);
    }
  }
  return plan.length > 0 ? plan : [[tables[0]!.name, "type", ""]];
}

function snapshot(file: string, tables: readonly Table[]) {
  const db = new Database(file);
  const rows = new Map<string, string>();
  const keys = new Map<string, string>();
  for (const { name, references } of tables) {
    const columns = ["id", "note", "amount", ...references.map((_, at) => `r${at}`)].join(", ");
    const ordered = `SELECT ${columns}, typeof(note), typeof(amount) FROM ${quoted(name)} ORDER BY id`;
    rows.set(name, JSON.stringify(db.prepare(ordered).raw().all()));
    // The action is what a plan may change.
    const found = db
      .prepare('SELECT "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY "from"')
      .raw()
      .all(name);
    keys.set(name, JSON.stringify(found));
  }
  rows.set("deleted", JSON.stringify(db.prepare("SELECT * FROM deleted").raw().all()));
  const names =
    "SELECT type || ' ' || name FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL AND name NOT LIKE 'tsmigrate%' ORDER BY 1";
  const extras = db.prepare(names).pluck().all().join(", ");
  db.close();
  must(rows.get("deleted") === "[]", "a trigger has seen rows deleted");
  return { rows, keys, extras };
}
