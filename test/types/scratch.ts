import * as s from "tsmigrate/schema";
import type { Insertable, Selectable } from "kysely";
export const a = s.table("a", {
  id: s.integer().primaryKey().autoIncrement(),
  v: s.varchar(3).notNull(), b: s.bigint(), d: s.timestamptz().notNull().defaultNow(),   c3: s.integer().default(0),

});
const sc = s.defineSchema({ a });
interface DB extends s.InferDatabase<{ a: typeof a, default: typeof sc }> {}
export const y: DB["a"] = 1;
export const ins: Insertable<DB["a"]> = 1;
interface DB2 extends s.InferDatabase<{ a: typeof a}> {}
export const y2: DB2["a"] = 1;
export const ins2: Insertable<DB2["a"]> = 1;
