import { integer, pgSchema, sql, view } from "tsmigrate/schema";
import { timestamps } from "./timestamps.js";

export const billing = pgSchema("billing");
export const invoices = billing.table("invoices", {
  id: integer().primaryKey().autoIncrement(),
  total: integer().notNull(),
  ...timestamps,
});
export const paidInvoices = view<{ id: number }>()("paid_invoices", sql`select id from billing.invoices`);
export const currency = "EUR";
export function format(total: number): string {
  return `${total} ${currency}`;
}
