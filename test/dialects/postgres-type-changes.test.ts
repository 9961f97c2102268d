/** What we say of changing types, held against what the server does, for every pair of types. */
import { describe, expect, it } from "vitest";
import { rewritesTable, usingExpression } from "../../src/dialects/postgres/compile/type-changes.js";
import type { PostgresConnection } from "../../src/dialects/postgres/connection/connection.js";
import { parseTypeText, typeDdl } from "../../src/dialects/postgres/text/types.js";
import type { TypeDef } from "../../src/schema/schema.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { withPostgres } from "../support/postgres-connection.js";

const TYPES: readonly TypeDef[] = [
  ..."smallint,integer,bigint,numeric,real,double precision,boolean,text,varchar,char(5),uuid,date,time,timetz".split(
    ",",
  ),
  ..."timestamp,timestamptz,interval,json,jsonb,bytea,inet,cidr,bit(4),varbit,xml,money,int4range,tsvector".split(","),
  ..."varchar(10),varchar(20),timestamp(3),timestamptz(3),time(3),interval(3),varbit(4),varbit(8),integer[],text[]".split(
    ",",
  ),
]
  .map(parseTypeText)
  .concat(
    [10, 12].flatMap((precision) => [2, 3].map((scale): TypeDef => ({ name: "numeric", args: [precision, scale] }))),
    { name: "enum", object: { name: "mood" } },
  );

/** Gives whether the table got a new file, and null when the server refuses. Everything is undone by the exception. */
const CHANGE = `
  CREATE TYPE mood AS ENUM ('a', 'b');
  CREATE FUNCTION change(source text, target text) RETURNS boolean LANGUAGE plpgsql AS $$
  DECLARE file oid; rewritten boolean;
  BEGIN
    BEGIN
      EXECUTE 'CREATE TABLE t (c ' || source || ')';
      file := pg_relation_filenode('t');
      EXECUTE 'ALTER TABLE t ALTER COLUMN c TYPE ' || target;
      rewritten := file <> pg_relation_filenode('t');
      RAISE EXCEPTION 'undo';
    EXCEPTION WHEN OTHERS THEN NULL;
    END;
    RETURN rewritten;
  END $$`;

describe.each(POSTGRES_DIALECTS)("changing a type on $name", ({ open }) => {
  it("needs USING exactly where we write it, and rewrites the table at most where we say so", async () => {
    await withPostgres(open, async (connection) => {
      await connection.script(CHANGE);
      const wrong: string[] = [];
      for (const from of TYPES) wrong.push(...(await check(connection, from)));
      expect(wrong).toEqual([]);
    });
  });
});

async function check(connection: PostgresConnection, from: TypeDef): Promise<readonly string[]> {
  const { rows } = await connection.query<{ rewritten: boolean | null }>(
    "SELECT change($1, target) AS rewritten FROM unnest($2::text[]) WITH ORDINALITY u(target, position) ORDER BY position",
    [typeDdl(from), TYPES.map(typeDdl)],
  );
  return TYPES.flatMap((to, at) => {
    const pair = `${typeDdl(from)} to ${typeDdl(to)}`;
    const using = usingExpression("c", from, to);
    const { rewritten } = rows[at]!;
    if (rewritten === null) return using === null ? [`${pair} needs USING`] : [];
    if (using !== null) return [`${pair} needs no USING`];
    return rewritten && !rewritesTable(from, to) ? [`${pair} rewrites the table`] : [];
  });
}
