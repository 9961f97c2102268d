import { describe, expect, it } from "vitest";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { schemaFromModels } from "../../src/model/collect-models.js";
import type { Operation } from "../../src/operations/operation.js";
import { applyAll, applyOperation, describeOperation, reverseAll } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../../src/schema/schema.js";
import { definition, integer, sequence, sql, table, text, trigger, view } from "../../src/schema.js";
import { SQLITE_DIALECTS } from "../support/dialects.js";
import { connectTo, difference, introspect, runOperations } from "../support/engine.js";
import { renderedOperations } from "../support/rendered-operations.js";
import { inTransaction, sqliteFile } from "../support/sqlite.js";

type Models = Readonly<Record<string, unknown>>;

const notes = table("notes", { id: integer().primaryKey().autoIncrement(), body: text().notNull(), at: text() });
const log = table("log", { note: integer(), what: text() });
const logged = trigger("logged", {
  on: notes,
  fires: "after insert",
  action: "begin insert into log values (new.id, 'it''s; in'); end",
});
const found = definition("virtual table", "found", "CREATE VIRTUAL TABLE found USING fts5(body)");

function wantedOf(models: Models): SchemaDef {
  return schemaFromModels({ notes, log, ...models }, { dialect: "sqlite" });
}

interface Case {
  readonly what: string;
  readonly before: Models;
  readonly after: Models;
  readonly does: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: "a trigger that is new",
    before: {},
    after: { logged },
    does: ["create trigger logged on notes"],
  },
  {
    what: "a trigger that does something else",
    before: { logged },
    after: {
      logged: trigger("logged", {
        on: "notes",
        fires: "update of body",
        action: "for each row when new.at is null begin select 1; end",
      }),
    },
    does: ["drop trigger logged on notes", "create trigger logged on notes"],
  },
  {
    what: "a trigger on a table that is rebuilt",
    before: { logged },
    after: {
      logged,
      notes: table("notes", { id: integer().primaryKey().autoIncrement(), body: text(), at: text() }),
    },
    does: ["alter column notes.body (nullable)"],
  },
  {
    what: "a trigger on a view, and the view changed under it",
    before: {
      v: view("v", sql`select id from notes`),
      into: trigger("into_v", { on: "v", fires: "instead of insert", action: "begin select 1; end" }),
    },
    after: {
      v: view("v", sql`select id, body from notes`),
      into: trigger("into_v", { on: "v", fires: "instead of insert", action: "begin select 1; end" }),
    },
    does: ["drop view v", "create view v", "create trigger into_v on v"],
  },
  {
    what: "a table that goes with its trigger",
    before: {
      other: table("other", { a: integer() }),
      gone: trigger("gone", { on: "other", fires: "before delete", action: "begin select 1; end" }),
    },
    after: {},
    does: ["drop table other"],
  },
  {
    what: "a virtual table, whose own tables are nobody's business",
    before: {},
    after: {
      found,
      "odd one": definition("virtual table", '"odd one"', 'CREATE VIRTUAL TABLE "odd one" USING rtree(id, a, b)'),
    },
    does: ['create virtual table "odd one"', "create virtual table found"],
  },
  {
    what: "a virtual table that goes",
    before: { found },
    after: {},
    does: ["drop virtual table found"],
  },
];

describe.each(SQLITE_DIALECTS)("schema objects on $name", ({ open }) => {
  it.each(CASES)("$what: up, nothing left, down, nothing left, and the revision says the same", async (example) => {
    const { before, after, does } = example;
    const database = await open();
    const connection = await connectTo(database.url);
    try {
      await runOperations(connection, await difference(connection, wantedOf(before)));
      expect(await difference(connection, wantedOf(before))).toEqual([]);
      await connection.script("INSERT INTO notes (body) VALUES ('one'), ('two')");
      const start = await introspect(connection);
      const rows = (await connection.query("SELECT * FROM notes")).rows;
      const up = await difference(connection, wantedOf(after));
      const down = reverseAll(up, start).operations!;
      expect(up.map(describeOperation)).toEqual(does);
      expect(renderedOperations(up, "sqlite")).toEqual(up);
      expect(renderedOperations(down, "sqlite")).toEqual(down);
      await runOperations(connection, up);
      expect(await difference(connection, wantedOf(after))).toEqual([]);
      await runOperations(connection, down);
      expect(await difference(connection, start)).toEqual([]);
      expect((await connection.query("SELECT * FROM notes")).rows).toEqual(rows);
      expect(Object.keys(applyAll(start, up).objects)).toEqual(Object.keys(wantedOf(after).objects));
    } finally {
      await connection.close();
      await database.dispose();
    }
  });

  it("reads triggers as they are written, and leaves temporary ones and shadow tables alone", async () => {
    const database = await open();
    const connection = await connectTo(database.url);
    try {
      await connection.script(`
        CREATE TABLE "on" (a, "b ""c");
        CREATE TRIGGER IF NOT EXISTS main."tr on" UPDATE OF "b ""c" ON "on" WHEN new.a BEGIN SELECT 'on;'; END;
        CREATE TEMP TRIGGER hidden AFTER INSERT ON "on" BEGIN SELECT 1; END;
        CREATE VIRTUAL TABLE words USING fts5(a)`);
      const schema = await introspect(connection);
      expect(Object.keys(schema.tables)).toEqual(["on"]);
      expect(Object.values(schema.objects)).toEqual([
        {
          kind: "definition",
          type: "virtual table",
          name: "words",
          definition: "CREATE VIRTUAL TABLE words USING fts5(a)",
        },
        {
          kind: "trigger",
          name: "tr on",
          table: { name: "on" },
          fires: 'UPDATE OF "b ""c"',
          action: "WHEN new.a BEGIN SELECT 'on;'; END",
        },
      ]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });

  it("renames the table of a trigger as the database does", async () => {
    const database = await open();
    const connection = await connectTo(database.url);
    try {
      await runOperations(connection, await difference(connection, wantedOf({ logged })));
      const start = await introspect(connection);
      const rename = [{ kind: "renameTable", table: { name: "notes" }, to: "pages" }] as const;
      await runOperations(connection, rename);
      expect((await introspect(connection)).objects).toEqual(applyAll(start, rename).objects);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });
});

describe("scripts for SQLite", () => {
  const trigger: Operation = {
    kind: "createObject",
    object: {
      kind: "trigger",
      name: "t1",
      table: { name: "notes" },
      fires: "AFTER INSERT",
      action: "BEGIN SELECT 1; END",
    },
  };
  const follow = (schema: SchemaDef, op: Operation) =>
    op.kind === "execute"
      ? sqlite.script.followScript(schema, op.sql)
      : sqlite.script.followOperation(applyOperation(schema, op), op);
  const rebuilt = async (operations: readonly Operation[]) => {
    const db = await sqliteFile();
    let schema = EMPTY_SCHEMA;
    const create = diffSchemas(EMPTY_SCHEMA, sqlite.adapt(wantedOf({})));
    for (const op of [...create, ...operations]) {
      for (const { sql } of await sqlite.compile(op, async () => schema, "3.53.0")) await db.connection.script(sql);
      schema = follow(schema, op);
    }
    const change = {
      kind: "alterColumn",
      table: { name: "notes" },
      column: "body",
      changes: { nullable: true },
    } as const;
    await inTransaction(db.connection, async () => {
      for (const { sql, expectNoRow } of sqlite.compileRebuild([change], schema)) {
        const { rows } = await db.connection.query(sql);
        if (expectNoRow !== undefined) expect([expectNoRow, rows]).toEqual([expectNoRow, []]);
      }
    });
    return db.raw.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name").pluck().all();
  };

  it("know the triggers that operations made and dropped when a table is rebuilt", async () => {
    const own: Operation = { kind: "execute", sql: "create trigger T2 delete on notes begin select 2; end" };
    expect(await rebuilt([trigger, own])).toEqual(["T2", "t1"]);
    const drop = (name: string): Operation => ({
      kind: "dropObject",
      object: { kind: "trigger", name, table: { name: "notes" } },
    });
    expect(await rebuilt([trigger, own, drop("T2")])).toEqual(["t1"]);
    expect(await rebuilt([trigger, own, { kind: "execute", sql: "drop trigger t1" }])).toEqual(["T2"]);
  });
});

describe("models for SQLite", () => {
  it("refuse what it has not, by name and with the way out", () => {
    const wanted = schemaFromModels({ notes, numbers: sequence("numbers") }, { dialect: "sqlite" });
    expect(() => sqlite.adapt(wanted)).toThrowError(/sequence numbers: SQLite has no sequences/);
    const calls = trigger("calls", { on: notes, fires: "before insert", action: "for each row execute function f()" });
    expect(() => sqlite.adapt(schemaFromModels({ notes, calls }, { dialect: "sqlite" }))).toThrowError(
      /trigger calls on notes calls a function/,
    );
    const elsewhere = schemaFromModels({ notes, numbers: sequence("numbers").only("postgres") }, { dialect: "sqlite" });
    expect(sqlite.adapt(elsewhere).objects).toEqual(EMPTY_SCHEMA.objects);
  });
});
