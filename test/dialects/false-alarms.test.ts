/** What the models say is what the database has: nothing differs after it was made, whatever the words. */
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { diffSchemas } from "../../src/diff/diff-schemas.js";
import { schemaFromModels } from "../../src/model/collect-models.js";
import { describeOperation } from "../../src/operations/registry.js";
import { EMPTY_SCHEMA } from "../../src/schema/schema.js";
import { integer, table, text, view } from "../../src/schema.js";
import { DIALECTS, type TestDialect } from "../support/dialects.js";
import { connectTo, difference, runOperations } from "../support/engine.js";
import { SPOKEN_SINCE, spokenName, spokenOn, spokenSchema } from "../support/spoken-models.js";

/** By the label of what was said. */
async function alarms(connection: Connection, family: TestDialect["family"], spoken: ReturnType<typeof spokenOn>) {
  const labels = new Map(spoken.map(([label]) => [spokenName(label), label]));
  const found = await difference(connection, spokenSchema(family, spoken));
  return found.map((op) => {
    const table = "table" in op && op.table !== undefined ? op.table.name : "";
    return `${labels.get(table) ?? ""}: ${describeOperation(op)} ${JSON.stringify(op)}`;
  });
}

/** Said aloud where it is not. */
function isThere(label: string, { dialect, serverVersion }: Connection): boolean {
  const since = dialect.name === "postgres" ? (SPOKEN_SINCE[label] ?? 0) : 0;
  if (Number.parseInt(serverVersion, 10) >= since) return true;
  process.stderr.write(`skipped, needs PostgreSQL ${since}: ${label}\n`);
  return false;
}

const VIEWS: Readonly<Record<string, string>> = {
  plain: "select id, name from people",
  upper: "SELECT ID, NAME FROM PEOPLE;",
  star: "select * from people",
  joined:
    "select p.id, o.name as boss from people p left join people o on o.id = p.boss where p.id > 1 and p.name <> ''",
  joined_using: "select id, a.name from people a join people b using (id)",
  grouped:
    "select boss, count(*) as n, max(name) from people group by boss having count(*) > 1 order by 2 desc limit 5",
  common:
    "with x as (select id from people where name like 'a%'), y (i) as (select id from x) select i from y union all select 7",
  recursive: "with recursive t (n) as (select 1 union all select n + 1 from t where n < 5) select n from t",
  subquery:
    "select (select max(id) from people) as m, exists (select 1 from people) as e from people where id in (select boss from people)",
  windowed: "select id, row_number() over (partition by boss order by name) as r from people",
  cased: "select case name when 'x' then 1 else 2 end as c, coalesce(name, 'none') as n from people",
  distinct_rows: "select distinct name from people where boss is null",
  literals: "select 'it''s' as a, 1.50 as b, null as c, -1 as d",
  comments: "select id -- the key\n, name /* and a name */ from people",
  quoted: `select id as "Odd ""name""" from "people"`,
  of_a_view: "select id from plain where id < 10",
};

const VIEWS_OF_POSTGRES: Readonly<Record<string, string>> = {
  casts: "select id::text as t, '7'::int as i, now() at time zone 'utc' as z from people",
  arrays: "select array_agg(name order by id) filter (where id > 0) as names from people where id = any ('{1,2}')",
  lateral: "select p.id, l.x from people p cross join lateral (select p.id + 1 as x) l",
  sets: "select generate_series(1, 3) as n",
  valued: "select * from (values (1, 'a'), (2, 'b')) as v (id, label)",
};

describe.each(DIALECTS)("false alarms on $name", ({ open, family }) => {
  it("nothing that models say differs once it was made", { timeout: 240_000 }, async () => {
    const database = await open();
    const connection = await connectTo(database.url);
    try {
      const spoken = spokenOn(family).filter(([label]) => isThere(label, connection));
      const refused: string[] = [];
      await runOperations(
        connection,
        diffSchemas(EMPTY_SCHEMA, {
          ...EMPTY_SCHEMA,
          enums: connection.dialect.adapt(spokenSchema(family, spoken)).enums,
        }),
      );
      for (const one of spoken) {
        try {
          const wanted = connection.dialect.adapt(spokenSchema(family, [one]));
          await runOperations(connection, diffSchemas({ ...EMPTY_SCHEMA, enums: wanted.enums }, wanted));
        } catch (error) {
          refused.push(`${one[0]}: ${error}`);
        }
      }
      expect(refused).toEqual([]);
      expect(await alarms(connection, family, spoken)).toEqual([]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });

  it("views are what they were made of", { timeout: 120_000 }, async () => {
    const database = await open();
    const connection = await connectTo(database.url);
    try {
      const people = table("people", { id: integer().primaryKey(), name: text(), boss: integer() });
      const views = Object.entries({ ...VIEWS, ...(family === "postgres" ? VIEWS_OF_POSTGRES : {}) });
      const models = { people, views: Object.fromEntries(views.map(([name, query]) => [name, view(name, query)])) };
      const wanted = connection.dialect.adapt(schemaFromModels(models, { dialect: family }));
      await runOperations(connection, diffSchemas(EMPTY_SCHEMA, wanted));
      expect((await difference(connection, wanted)).map(describeOperation)).toEqual([]);
    } finally {
      await connection.close();
      await database.dispose();
    }
  });
});
