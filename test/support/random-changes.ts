/** A change of each kind to a database that is there, in the words of somebody who has never heard of us. */
import type { Operation } from "../../src/operations/operation.js";
import type { SchemaObjectDef } from "../../src/schema/objects.js";
import {
  type DialectName,
  type ObjectName,
  objectName,
  type SchemaDef,
  type TableDef,
} from "../../src/schema/schema.js";
import type { Random } from "../faults/support/random.js";
import { quotedName } from "./arbitrary-parts.js";

export interface RandomChange {
  /** `drop column films.title`. */
  readonly label: string;
  readonly sql: string;
  /** What autogenerate cannot know without being told: the operation that does the same. */
  readonly operation?: Operation;
}

/** One for each kind of object that is there and each thing that can be done to it. */
export function randomChanges(schema: SchemaDef, family: DialectName, random: Random): readonly RandomChange[] {
  const tables = Object.values(schema.tables).filter((table) => table.partitionOf === undefined);
  if (tables.length === 0) return [];
  const changes = family === "sqlite" ? sqliteChanges(schema, tables, random) : postgresChanges(schema, tables, random);
  return changes.filter((change) => change !== null);
}

type Maybe = RandomChange | null;
const NEW = 'Added "one"';

function named(object: ObjectName): string {
  return object.schema === undefined
    ? quotedName(object.name)
    : `${quotedName(object.schema)}.${quotedName(object.name)}`;
}

function change(label: string, sql: string, operation?: Operation): RandomChange {
  return operation === undefined ? { label, sql } : { label, sql, operation };
}

/** What both databases say in the same way. */
function shared(tables: readonly TableDef[], random: Random): readonly RandomChange[] {
  const table = random.pick(tables);
  const column = random.pick(table.columns.length === 0 ? tables[0]!.columns : table.columns);
  const owner = table.columns.length === 0 ? tables[0]! : table;
  const [on, place] = [named(owner), `${owner.name}.${column.name}`];
  const [name, to] = [quotedName(column.name), `${column.name}_2`];
  return [
    change(
      `add table`,
      `CREATE TABLE ${quotedName(NEW)} (id integer PRIMARY KEY, a text DEFAULT 'it''s' NOT NULL, b integer UNIQUE CHECK (b > 0))`,
    ),
    change(`rename table ${owner.name}`, `ALTER TABLE ${on} RENAME TO ${quotedName(`${owner.name}_2`)}`, {
      kind: "renameTable",
      table: objectName(owner),
      to: `${owner.name}_2`,
    }),
    change(`add column to ${owner.name}`, `ALTER TABLE ${on} ADD COLUMN ${quotedName(NEW)} varchar(20) DEFAULT 'x'`),
    change(`rename column ${place}`, `ALTER TABLE ${on} RENAME COLUMN ${name} TO ${quotedName(to)}`, {
      kind: "renameColumn",
      table: objectName(owner),
      column: column.name,
      to,
    }),
    change(
      `add index on ${place}`,
      `CREATE INDEX ${quotedName(NEW)} ON ${on} (${name} DESC) WHERE ${name} IS NOT NULL`,
    ),
    change(
      `add view of ${owner.name}`,
      `CREATE VIEW ${quotedName(`${NEW} view`)} AS SELECT ${name} AS seen FROM ${on}`,
    ),
  ];
}

function sqliteChanges(schema: SchemaDef, tables: readonly TableDef[], random: Random): readonly Maybe[] {
  const table = random.pick(tables);
  const column = random.pick(table.columns);
  const texts = [...Object.values(schema.views), ...Object.values(schema.objects)].map((one) => JSON.stringify(one));
  const isRead = ({ name }: ObjectName) => texts.some((text) => text.toLowerCase().includes(name.toLowerCase()));
  const isReferred = tables.some((other) => other.foreignKeys.some((key) => key.target.name === table.name));
  // Texts that call functions of an application are not rewritten by a rename there.
  const isSafe = ({ operation }: RandomChange) =>
    operation === undefined || !("table" in operation) || operation.table === undefined || !isRead(operation.table);
  const index = picked(
    tables.flatMap(({ indexes }) => indexes),
    random,
  );
  const view = picked(Object.values(schema.views), random);
  const trigger = picked(
    Object.values(schema.objects).filter(({ kind }) => kind === "trigger"),
    random,
  );
  return [
    ...shared(tables, random).filter(isSafe),
    isRead(table) || isReferred ? null : change(`drop table ${table.name}`, `DROP TABLE ${named(table)}`),
    change(
      `drop column ${table.name}.${column.name}`,
      `ALTER TABLE ${named(table)} DROP COLUMN ${quotedName(column.name)}`,
    ),
    index && change(`drop index ${index.name}`, `DROP INDEX ${quotedName(index.name)}`),
    view && change(`drop view ${view.name}`, `DROP VIEW ${quotedName(view.name)}`),
    trigger && change(`drop trigger ${trigger.name}`, `DROP TRIGGER ${quotedName(trigger.name)}`),
    change(
      `add trigger on ${table.name}`,
      `CREATE TRIGGER ${quotedName(NEW)} AFTER DELETE ON ${named(table)} BEGIN SELECT 'end;'; END`,
    ),
    change("add virtual table", `CREATE VIRTUAL TABLE ${quotedName(`${NEW} words`)} USING fts5(title, body)`),
  ];
}

function postgresChanges(schema: SchemaDef, tables: readonly TableDef[], random: Random): readonly Maybe[] {
  const table = random.pick(tables);
  const on = named(table);
  const column = picked(table.columns, random);
  const place = column === null ? "" : `${table.name}.${column.name}`;
  const alter = `ALTER TABLE ${on} ALTER COLUMN ${column === null ? "" : quotedName(column.name)}`;
  const isPlain =
    column !== null &&
    column.generated === undefined &&
    column.identity === undefined &&
    !column.type.name.endsWith("serial");
  const constraint = picked(constraintsOf(tables), random);
  const index = picked(
    tables.flatMap((it) => it.indexes.map(({ name }) => ({ ...objectName(it), name }))),
    random,
  );
  const view = picked(Object.values(schema.views), random);
  const labels = picked(Object.values(schema.enums), random);
  return [
    ...shared(tables, random),
    change(`drop table ${table.name}`, `DROP TABLE ${on} CASCADE`),
    change(`comment on table ${table.name}`, `COMMENT ON TABLE ${on} IS 'it''s; -- new'`),
    table.options?.postgres?.partitionBy === undefined
      ? change(`set option of ${table.name}`, `ALTER TABLE ${on} SET (fillfactor = 55)`)
      : null,
    column && change(`drop column ${place}`, `ALTER TABLE ${on} DROP COLUMN ${quotedName(column.name)} CASCADE`),
    column && change(`comment on column ${place}`, `COMMENT ON COLUMN ${on}.${quotedName(column.name)} IS 'new "one"'`),
    isPlain ? change(`drop default of ${place}`, `${alter} DROP DEFAULT`) : null,
    isPlain && column.type.name === "text" ? change(`set default of ${place}`, `${alter} SET DEFAULT 'it''s'`) : null,
    isPlain && column.type.name === "integer" ? change(`widen ${place}`, `${alter} TYPE bigint`) : null,
    isPlain && column.type.name === "varchar" ? change(`widen ${place}`, `${alter} TYPE text`) : null,
    isPlain && !column.nullable ? change(`drop not null of ${place}`, `${alter} DROP NOT NULL`) : null,
    isPlain && column.nullable ? change(`set not null of ${place}`, `${alter} SET NOT NULL`) : null,
    change(`add check to ${table.name}`, `ALTER TABLE ${on} ADD CONSTRAINT ${quotedName(NEW)} CHECK (1 > 0) NOT VALID`),
    column &&
      change(
        `add unique to ${place}`,
        `ALTER TABLE ${on} ADD CONSTRAINT ${quotedName(NEW)} UNIQUE (${quotedName(column.name)})`,
      ),
    column &&
      change(
        `add statistics of ${place}`,
        `CREATE STATISTICS ${quotedName(NEW)} (ndistinct) ON ${table.columns
          .slice(0, 2)
          .map(({ name }) => quotedName(name))
          .join(", ")} FROM ${on}`,
      ),
    constraint &&
      change(
        `drop constraint ${constraint.name}`,
        `ALTER TABLE ${named(constraint.table)} DROP CONSTRAINT ${quotedName(constraint.name)} CASCADE`,
      ),
    constraint &&
      change(
        `rename constraint ${constraint.name}`,
        `ALTER TABLE ${named(constraint.table)} RENAME CONSTRAINT ${quotedName(constraint.name)} TO ${quotedName(NEW)}`,
        {
          kind: "renameConstraint",
          table: objectName(constraint.table),
          name: constraint.name,
          to: NEW,
        },
      ),
    index && change(`drop index ${index.name}`, `DROP INDEX ${named(index)} CASCADE`),
    index &&
      change(`rename index ${index.name}`, `ALTER INDEX ${named(index)} RENAME TO ${quotedName(NEW)}`, {
        kind: "renameIndex",
        index,
        to: NEW,
      }),
    view && change(`drop view ${view.name}`, `DROP VIEW ${named(view)} CASCADE`),
    view && change(`comment on view ${view.name}`, `COMMENT ON VIEW ${named(view)} IS 'seen'`),
    labels &&
      change(
        `add value to ${labels.name}`,
        `ALTER TYPE ${named(labels)} ADD VALUE 'it''s new' BEFORE '${labels.values[0]!.replaceAll("'", "''")}'`,
      ),
    labels && change(`drop enum ${labels.name}`, `DROP TYPE ${named(labels)} CASCADE`),
    change("add enum", `CREATE TYPE ${quotedName(`${NEW} mood`)} AS ENUM ('a', 'it''s')`),
    change("add sequence", `CREATE SEQUENCE ${quotedName(`${NEW} numbers`)} INCREMENT BY 3`),
    change("add domain", `CREATE DOMAIN ${quotedName(`${NEW} amount`)} AS integer CHECK (VALUE > 0)`),
    change(
      "add function",
      `CREATE FUNCTION ${quotedName(`${NEW} function`)}(a integer) RETURNS integer LANGUAGE sql AS 'select a'`,
    ),
    change(
      `add materialized view of ${table.name}`,
      `CREATE MATERIALIZED VIEW ${quotedName(`${NEW} held`)} AS SELECT count(*) AS n FROM ${on}`,
    ),
    ...objectChanges(Object.values(schema.objects), random),
  ];
}

/** Of each kind one is dropped, and one is changed. */
function objectChanges(objects: readonly SchemaObjectDef[], random: Random): readonly Maybe[] {
  const words = {
    ...{ sequence: "SEQUENCE", domain: "DOMAIN", compositeType: "TYPE", function: "ROUTINE" },
    ...{ materializedView: "MATERIALIZED VIEW", trigger: "TRIGGER", policy: "POLICY" },
  } as const;
  return Object.entries(words).flatMap(([kind, word]): readonly Maybe[] => {
    const object = picked(
      objects.filter((one) => one.kind === kind),
      random,
    );
    if (object === null) return [];
    const on = "table" in object && object.table !== undefined ? ` ON ${named(object.table)}` : "";
    const { name, schema } = object;
    const called = on === "" ? named({ name, ...(schema === undefined ? {} : { schema }) }) : quotedName(name);
    const place = `${word} ${called}${object.kind === "function" ? `(${object.signature})` : ""}${on}`;
    return [
      change(`drop ${kind} ${name}`, `DROP ${place} CASCADE`),
      change(`comment on ${kind} ${name}`, `COMMENT ON ${place} IS 'it''s "new"'`),
      object.kind === "sequence"
        ? change(`alter sequence ${name}`, `ALTER SEQUENCE ${called} INCREMENT BY 7 CACHE 3`)
        : null,
      object.kind === "domain"
        ? change(
            `alter domain ${name}`,
            `ALTER DOMAIN ${called} ADD CONSTRAINT ${quotedName(NEW)} CHECK (VALUE IS NOT NULL) NOT VALID`,
          )
        : null,
      object.kind === "function" ? change(`alter function ${name}`, `ALTER ${place} SECURITY DEFINER`) : null,
      object.kind === "trigger"
        ? change(`disable trigger ${name}`, `ALTER TABLE ${named(object.table)} DISABLE TRIGGER ${called}`)
        : null,
      object.kind === "compositeType"
        ? change(`alter type ${name}`, `ALTER TYPE ${called} ADD ATTRIBUTE ${quotedName(NEW)} text`)
        : null,
    ];
  });
}

function constraintsOf(tables: readonly TableDef[]): readonly { readonly table: TableDef; readonly name: string }[] {
  return tables.flatMap((table) =>
    [table.primaryKey ?? [], table.uniques, table.foreignKeys, table.checks, table.excludes ?? []]
      .flat()
      .flatMap(({ name }) => (name === null ? [] : [{ table, name }])),
  );
}

function picked<T>(items: readonly T[], random: Random): T | null {
  return items.length === 0 ? null : random.pick(items);
}
