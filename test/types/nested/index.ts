import { defineSchema, enumType, integer, table, text } from "tsmigrate/schema";

export * as billing from "./billing.js";
export * from "./timestamps.js";
export const kind = enumType("kind", ["a", "b"]);
export const accounts = table("accounts", { id: integer().primaryKey(), name: text().notNull() });
const notes = table("notes", { id: integer().primaryKey(), account_id: integer().references("accounts.id") });
export default defineSchema({ accounts, notes });
