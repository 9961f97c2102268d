/** The sample models as an application uses them. */
import type { ColumnType, Generated, Insertable, Kysely, Selectable, Updateable } from "kysely";
import type { InferDatabase } from "tsmigrate/schema";
import type * as models from "../../examples/models.js";
import type { Equal, Expect } from "./equal.js";

export interface DB extends InferDatabase<typeof models> {}
export interface PostgresDB extends InferDatabase<typeof models, "postgres"> {}
export interface SqliteDB extends InferDatabase<typeof models, "sqlite"> {}

export type Keys = Expect<Equal<keyof DB, "users" | "user_roles" | "categories" | "active_users">>;

export type UserRow = Expect<
  Equal<
    Selectable<DB["users"]>,
    {
      id: number;
      username: string;
      email: string;
      full_name: string | null;
      is_active: boolean | number;
      balance: string | number;
      created_at: Date | string;
      settings: { theme: "dark" | "light" } | string | null;
    }
  >
>;

export type PostgresColumns = Expect<
  Equal<
    PostgresDB["users"],
    {
      id: Generated<number>;
      username: string;
      email: string;
      full_name: string | null;
      is_active: Generated<boolean>;
      balance: ColumnType<string, string | number | undefined, string | number>;
      created_at: ColumnType<Date, Date | string | undefined, Date | string>;
      settings: ColumnType<
        { theme: "dark" | "light" } | null,
        { theme: "dark" | "light" } | string | null,
        { theme: "dark" | "light" } | string | null
      >;
    }
  >
>;

export type SqliteColumns = Expect<
  Equal<
    SqliteDB["users"],
    {
      id: Generated<number>;
      username: string;
      email: string;
      full_name: string | null;
      is_active: Generated<number>;
      balance: ColumnType<number, string | number | undefined, string | number>;
      created_at: Generated<string>;
      settings: string | null;
    }
  >
>;

export type UserRoleRow = Expect<
  Equal<DB["user_roles"], { id: Generated<number>; user_id: number; role_name: string; granted_by: number | null }>
>;
export type CategoryRow = Expect<Equal<DB["categories"], { tenant_id: number; id: number; parent_id: number | null }>>;
export type ViewRow = Expect<Equal<DB["active_users"], Record<string, unknown>>>;

export type OptionalOnInsert = Expect<
  Equal<
    Insertable<DB["user_roles"]>,
    object & { user_id: number; role_name: string } & { id?: number | undefined; granted_by?: number | null }
  >
>;
export type OptionalOnUpdate = Expect<Equal<Updateable<DB["categories"]>["parent_id"], number | null | undefined>>;

export async function queries(db: Kysely<DB>, postgres: Kysely<PostgresDB>, sqlite: Kysely<SqliteDB>) {
  await db.insertInto("users").values({ username: "ada", email: "a@b.c" }).execute();
  await db.insertInto("users").values({ username: "ada", email: "a@b.c", created_at: new Date() }).execute();
  await db
    .insertInto("users")
    .values({ username: "ada", email: "a@b.c", settings: { theme: "dark" } })
    .execute();
  await postgres.insertInto("users").values({ username: "ada", email: "a@b.c", is_active: false }).execute();

  // @ts-expect-error a required column is missing
  await db.insertInto("users").values({ username: "ada" }).execute();
  // @ts-expect-error a number is no name
  await db.insertInto("users").values({ username: 1, email: "a@b.c" }).execute();
  // @ts-expect-error there is no such column
  await db.insertInto("users").values({ username: "ada", email: "a@b.c", nope: 1 }).execute();
  // @ts-expect-error null does not fit a column that is not null
  await db.insertInto("users").values({ username: "ada", email: null }).execute();
  // @ts-expect-error there is no such table
  db.selectFrom("nope");
  const red = { theme: "red" } as const;
  // @ts-expect-error the theme is none of the two
  db.insertInto("users").values({ username: "ada", email: "a@b.c", settings: red });
  // @ts-expect-error better-sqlite3 cannot bind a boolean
  await sqlite.insertInto("users").values({ username: "ada", email: "a@b.c", is_active: false }).execute();
  // @ts-expect-error better-sqlite3 cannot bind a Date
  await sqlite.insertInto("users").values({ username: "ada", email: "a@b.c", created_at: new Date() }).execute();

  const joined = await postgres
    .selectFrom("users")
    .innerJoin("user_roles", "user_roles.user_id", "users.id")
    .select(["users.created_at", "user_roles.granted_by"])
    .executeTakeFirstOrThrow();
  return joined satisfies { created_at: Date; granted_by: number | null };
}
