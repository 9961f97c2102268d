import { integer, table, timestamp, varchar } from "tsmigrate/schema";

// Every exported table belongs to the schema. This one shows how they look: change it or take it out.
export const users = table("users", {
  id: integer().primaryKey().autoIncrement(),
  username: varchar(50).notNull().unique(),
  email: varchar(100).notNull().unique(),
  created_at: timestamp().notNull().defaultNow(),
});
