/** Where tables may come from: namespaces, re-exports, schemas, mixins, views, and `defineSchema`. */
import type { Generated } from "kysely";
import * as s from "tsmigrate/schema";
import type { Equal, Expect } from "./equal.js";
import type * as nested from "./nested/index.js";

export type Nested = Expect<
  Equal<keyof s.InferDatabase<typeof nested>, "accounts" | "billing.invoices" | "paid_invoices" | "notes">
>;
export type Qualified = Expect<
  Equal<
    s.InferDatabase<typeof nested>["billing.invoices"],
    { id: Generated<number>; total: number; created_at: Generated<Date | string> }
  >
>;
export type TypedView = Expect<Equal<s.InferDatabase<typeof nested>["paid_invoices"], { id: number }>>;
export interface NestedDB extends s.InferDatabase<typeof nested> {}

const inSchema = s.table("plans", { id: s.integer().primaryKey() }, undefined, { schema: "billing" });
export type SchemaOption = Expect<Equal<keyof s.InferDatabase<{ inSchema: typeof inSchema }>, "billing.plans">>;

const first = s.table("first", {
  id: s.integer().primaryKey(),
  parent_id: s.integer().references("first.id"),
  second_id: s.integer().references("second.id", { deferrable: "deferred" }),
});
const second = s.table(
  "second",
  { id: s.integer().primaryKey(), first_id: s.integer().references("first.id") },
  (t) => [s.index().on(t.first_id)],
);
export const checked = s.defineSchema({ first, second });
export type Checked = Expect<Equal<keyof s.InferDatabase<typeof checked>, "first" | "second">>;
export const withNamespace = s.defineSchema({ all: { first }, second });

const wrong = s.table("wrong", {
  id: s.integer().primaryKey(),
  first_id: s.integer().references("first.uid"),
  other: s.integer().references("frist.id"),
});
// @ts-expect-error "first.uid" and "frist.id" are nowhere
s.defineSchema({ first, second, wrong });
// @ts-expect-error the table "second" is not among them
s.defineSchema({ first });
export type Unknown = Expect<
  Equal<s.UnknownTargets<{ first: typeof first; second: typeof second; wrong: typeof wrong }>, "first.uid" | "frist.id">
>;
