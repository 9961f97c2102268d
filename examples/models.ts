/**
 * The models of a small application: users, their roles, and a tree of categories per tenant.
 *
 * In the application, as an interface, which checks ten times faster on large schemas than a type alias:
 *
 *   import type { InferDatabase } from "tsmigrate/schema";
 *   import type * as models from "./models.js";
 *   export interface DB extends InferDatabase<typeof models> {}
 *   const db = new Kysely<DB>({ dialect });
 */
import {
  boolean,
  check,
  enumType,
  foreignKey,
  index,
  integer,
  jsonb,
  numeric,
  primaryKey,
  sql,
  table,
  timestamp,
  unique,
  varchar,
  view,
} from "tsmigrate/schema";

export const users = table("users", {
  id: integer().primaryKey().autoIncrement(),
  username: varchar(50).notNull().unique(),
  email: varchar(100).notNull().unique(),
  full_name: varchar(100),
  is_active: boolean().notNull().default(true),
  balance: numeric(12, 2).notNull().default("0.00"),
  created_at: timestamp().notNull().defaultNow(),
  settings: jsonb<{ theme: "dark" | "light" }>().comment("per user settings"),
});

export const userRoles = table(
  "user_roles",
  {
    id: integer().primaryKey().autoIncrement(),
    user_id: integer().notNull().references("users.id", { onDelete: "cascade" }),
    role_name: varchar(50).notNull(),
    granted_by: integer().references("users.id", { onDelete: "set null", name: "fk_granted_by" }),
  },
  (t) => [
    unique("uq_user_roles_user_id_role_name").on(t.user_id, t.role_name),
    index("ix_user_roles_role_name")
      .on(t.role_name.desc(), sql`lower(${t.role_name})`)
      .where(sql`role_name <> 'guest'`),
    check("ck_user_roles_role_name", sql`length(role_name) > 0`),
  ],
).comment("who may do what");

export const categories = table(
  "categories",
  {
    // self reference, composite key, tree
    tenant_id: integer().notNull(),
    id: integer().notNull(),
    parent_id: integer(),
  },
  (t) => [
    primaryKey().on(t.tenant_id, t.id),
    foreignKey([t.tenant_id, t.parent_id]).references("categories", ["tenant_id", "id"]),
  ],
);

export const mood = enumType("mood", ["sad", "ok", "happy"]); // PostgreSQL: CREATE TYPE; SQLite: TEXT + named CHECK
export const activeUsers = view("active_users", sql`select id, username from users where is_active`);
