// The tutorial's eleven steps from code: run in a folder where the package is installed, with the URL as its argument.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  createMigration,
  downgrade,
  getCurrentRevision,
  getMigrationHistory,
  initMigrations,
  openMigrator,
  upgrade,
} from "tsmigrate";

const [connectionString, directory] = process.argv.slice(2);
const options = { directory, connectionString, models: "./library_models.ts" };
const columns = [
  "id: integer().primaryKey().autoIncrement()",
  "username: varchar(50).notNull().unique()",
  "email: varchar(100).notNull().unique()",
  "created_at: timestamp().notNull().defaultNow()",
];
const declare = (userColumns, rest = "") =>
  writeFileSync(
    "library_models.ts",
    `import { boolean, integer, table, timestamp, varchar } from "tsmigrate/schema";\nexport const users = table("users", {\n  ${userColumns.join(",\n  ")},\n});\n${rest}`,
  );
const expect = (what, found, wanted) => {
  if (JSON.stringify(found) !== JSON.stringify(wanted))
    throw new Error(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`);
};

declare(columns);
await initMigrations(options);
const first = await createMigration({ message: "Create users table", autogenerate: true, ...options });
expect("before the upgrade", await getCurrentRevision(options), null);
await upgrade({ revision: "head", ...options });
expect("after the upgrade", await getCurrentRevision(options), first);

const profile = [
  ...columns,
  "full_name: varchar(100)",
  "is_active: boolean().notNull().default(true)",
  "updated_at: timestamp().notNull().defaultNow()",
];
declare(profile);
const second = await createMigration({ message: "Add user profile fields", autogenerate: true, ...options });
await upgrade(options);

const roles =
  'export const userRoles = table("user_roles", {\n  id: integer().primaryKey().autoIncrement(),\n  user_id: integer().notNull().references("users.id"),\n  role_name: varchar(50).notNull(),\n  created_at: timestamp().notNull().defaultNow(),\n});\n';
declare(profile, roles);
const third = await createMigration({ message: "Add user roles table", autogenerate: true, ...options });
await upgrade(options);
expect("nothing to write", await createMigration({ message: "nothing", autogenerate: true, ...options }), null);

const history = await getMigrationHistory(options);
expect(
  "history",
  history.map((entry) => [entry.revision, entry.downRevision, entry.description]),
  [
    [third, second, "Add user roles table"],
    [second, first, "Add user profile fields"],
    [first, null, "Create users table"],
  ],
);
await downgrade({ revision: second, ...options });
expect("after the downgrade", await getCurrentRevision(options), second);
await upgrade(options);

const fourth = await createMigration({ message: "Add default admin user", autogenerate: false, ...options });
const versions = `${directory}/versions`;
const path = `${versions}/${readdirSync(versions).find((name) => name.startsWith(fourth))}`;
const text = readFileSync(path, "utf8");
writeFileSync(
  path,
  `${text.slice(0, text.indexOf("export async function upgrade"))}export async function upgrade(op: Operations): Promise<void> {
  await op.execute("INSERT INTO users (username, email) VALUES ('admin', 'admin@example.com')");
  const admin = await op.db.selectFrom("users").select("id").where("username", "=", "admin").executeTakeFirstOrThrow();
  await op.db.insertInto("user_roles").values({ user_id: admin.id, role_name: "admin" }).execute();
}

export async function downgrade(op: Operations): Promise<void> {
  await op.db.deleteFrom("user_roles").where("role_name", "=", "admin").execute();
  await op.db.deleteFrom("users").where("username", "=", "admin").execute();
}
`,
);
const migrator = await openMigrator(options);
try {
  await migrator.upgrade();
  expect("heads", await migrator.getCurrentHeads(), [fourth]);
  await migrator.downgrade({ revision: "-1" });
  await migrator.upgrade({ revision: "+1" });
  expect("agrees", (await migrator.check()).upToDate, true);
  await migrator.downgrade({ revision: "base" });
  expect("at base", await migrator.getCurrentRevision(), null);
} finally {
  await migrator.close();
}
console.log("eleven steps done");
