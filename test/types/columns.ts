/** What each builder and each link of a chain means for Kysely. */
import type { ColumnType, Generated, GeneratedAlways, Insertable } from "kysely";
import * as s from "tsmigrate/schema";
import type { Equal, Expect } from "./equal.js";

const numbers = s.table("numbers", {
  smallint: s.smallint().notNull(),
  bigint: s.bigint().notNull(),
  nullable_bigint: s.bigint(),
  serial: s.serial(),
  bigserial: s.bigserial(),
  numeric: s.numeric(10, 2).notNull(),
  real: s.real(),
  double: s.doublePrecision().notNull(),
});
export type Numbers = Expect<
  Equal<
    s.InferRow<typeof numbers, "postgres">,
    {
      smallint: number;
      bigint: ColumnType<string, string | number | bigint, string | number | bigint>;
      nullable_bigint: ColumnType<string | null, string | number | bigint | null, string | number | bigint | null>;
      serial: Generated<number>;
      bigserial: ColumnType<string, string | number | bigint | undefined, string | number | bigint>;
      numeric: ColumnType<string, string | number, string | number>;
      real: number | null;
      double: number;
    }
  >
>;
export type SqliteBigint = Expect<
  Equal<s.InferRow<typeof numbers, "sqlite">["bigint"], ColumnType<number, number | bigint, number | bigint>>
>;
export type BothBigint = Expect<
  Equal<
    s.InferRow<typeof numbers>["bigint"],
    ColumnType<string | number, string | number | bigint, string | number | bigint>
  >
>;

export const mood = s.enumType("mood", ["sad", "ok"]);
const others = s.table("others", {
  text: s.text().notNull(),
  char: s.char(2),
  uuid: s.uuid().notNull().default(s.sql`gen_random_uuid()`),
  day: s.date().notNull(),
  time: s.time().notNull(),
  interval: s.interval().notNull(),
  bytes: s.bytea().notNull(),
  mood: mood().notNull().default("ok"),
  existing: s.enumColumn<"a" | "b">("existing").notNull(),
  json: s.json().notNull(),
  list: s.jsonb<readonly string[]>().notNull(),
  range: s.int4range().notNull(),
  email: s.domain("email").notNull(),
  point: s.custom<{ x: number }>("geometry(Point,4326)").notNull(),
});
type Others = s.InferRow<typeof others, "postgres">;
export type Text = Expect<Equal<Others["text"], string>>;
export type Char = Expect<Equal<Others["char"], string | null>>;
export type Uuid = Expect<Equal<Others["uuid"], Generated<string>>>;
export type Day = Expect<Equal<Others["day"], ColumnType<Date, Date | string, Date | string>>>;
export type Time = Expect<Equal<Others["time"], string>>;
export type Interval = Expect<
  Equal<Others["interval"], ColumnType<s.PostgresInterval, s.PostgresInterval | string, s.PostgresInterval | string>>
>;
export type Bytes = Expect<Equal<Others["bytes"], Uint8Array>>;
export type Mood = Expect<Equal<Others["mood"], Generated<"sad" | "ok">>>;
export type Existing = Expect<Equal<Others["existing"], "a" | "b">>;
export type JsonIsRequired = Expect<Equal<undefined extends Insertable<Others>["json"] ? true : false, false>>;
export type JsonList = Expect<Equal<Others["list"], ColumnType<readonly string[], string, string>>>;
export type Range = Expect<Equal<Others["range"], string>>;
export type Domain = Expect<Equal<Others["email"], string>>;
export type Custom = Expect<Equal<Others["point"], { x: number }>>;

const arrays = s.table("arrays", {
  texts: s.array(s.text()).notNull().default([]),
  bigints: s.array(s.bigint()).notNull(),
  numerics: s.array(s.numeric()).notNull(),
  moods: s.array(mood()).notNull(),
  moods_by_type: s.array(mood).notNull(),
  matrix: s.array(s.array(s.integer())),
});
type Arrays = s.InferRow<typeof arrays, "postgres">;
export type Texts = Expect<
  Equal<Arrays["texts"], ColumnType<string[], readonly string[] | undefined, readonly string[]>>
>;
export type Bigints = Expect<
  Equal<
    Arrays["bigints"],
    ColumnType<string[], readonly (string | number | bigint)[], readonly (string | number | bigint)[]>
  >
>;
export type Numerics = Expect<
  Equal<Arrays["numerics"], ColumnType<number[], readonly (string | number)[], readonly (string | number)[]>>
>;
export type MoodsAreText = Expect<
  Equal<Arrays["moods"], ColumnType<string, readonly ("sad" | "ok")[], readonly ("sad" | "ok")[]>>
>;
export type MoodsByType = Expect<Equal<Arrays["moods_by_type"], Arrays["moods"]>>;
export type ArraysOnSqlite = Expect<Equal<s.InferRow<typeof arrays, "sqlite">["matrix"], string | null>>;

const filled = s.table("filled", {
  key: s.integer().primaryKey(),
  numbered: s.integer().autoIncrement(),
  identity: s.bigint().identity({ start: 10 }).$type<number>(),
  always: s.integer().identity({ always: true }),
  computed: s.text().generatedAs(s.sql`upper(name)`),
  computed_required: s.timestamptz().notNull().generatedAs("now()"),
  nullable_default: s.integer().default(1),
  branded: s.integer().notNull().$type<number & { readonly brand: "id" }>(),
  converted: s.timestamptz().notNull().$type<ColumnType<Date, string, string>>(),
  converted_nullable: s.timestamptz().default(s.sql`now()`).$type<ColumnType<Date, string, string>>(),
});
export type Filled = Expect<
  Equal<
    s.InferRow<typeof filled, "postgres">,
    {
      key: number;
      numbered: Generated<number>;
      identity: Generated<number>;
      always: GeneratedAlways<number>;
      computed: GeneratedAlways<string | null>;
      computed_required: GeneratedAlways<Date>;
      nullable_default: Generated<number | null>;
      branded: number & { readonly brand: "id" };
      converted: ColumnType<Date, string, string>;
      converted_nullable: ColumnType<Date | null, string | null | undefined, string | null>;
    }
  >
>;

export function inserts(
  insert: (row: Insertable<s.InferRow<typeof filled>>) => void,
  branded: number & { readonly brand: "id" },
) {
  insert({ key: 1, branded, converted: "now" });
  // @ts-expect-error the database alone gives the value
  insert({ key: 1, branded, converted: "now", always: 2 });
  // @ts-expect-error the database alone gives the value
  insert({ key: 1, branded, converted: "now", computed: "X" });
  // @ts-expect-error a primary key without a default has to be given
  insert({ branded, converted: "now" });
}

export function wrongDefaults() {
  // @ts-expect-error a text is no boolean
  s.boolean().default("yes");
  // @ts-expect-error none of the values
  mood().default("angry");
  // @ts-expect-error a number is no text
  s.varchar(10).default(1);
  // @ts-expect-error the theme is missing
  s.json<{ theme: string }>().default({});
  // @ts-expect-error there is no such action
  s.integer().references("users.id", { onDelete: "explode" });
  // @ts-expect-error there is no such column
  s.table("t", { a: s.integer() }, (t) => [s.index().on(t.b)]);
  // @ts-expect-error an index without columns is none
  s.table("t", { a: s.integer() }, () => [s.index("ix")]);
}
