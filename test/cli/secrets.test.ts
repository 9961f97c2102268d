import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createRedactor } from "../../src/cli/redact.js";
import { POSTGRES_DIALECTS } from "../support/dialects.js";
import { connectClient } from "../support/postgres-connection.js";
import { revisionText, type TempProject, tempProject } from "../support/temp-project.js";

const PASSWORD = `p@ss:w/rd%#é'"`;
const SPELLINGS = [
  PASSWORD,
  encodeURIComponent(PASSWORD),
  encodeURI(PASSWORD),
  JSON.stringify(PASSWORD).slice(1, -1),
  `p@ss:w/rd%#é''"`,
  "p@ss",
  "ss:w/rd",
];

function hits(text: string): readonly string[] {
  return SPELLINGS.filter((spelling) => text.includes(spelling));
}

/** Files that the commands have written. Those that the test wrote, and their compiled copies, hold it on purpose. */
function written(made: TempProject, own: readonly string[]): string {
  return readdirSync(made.directory, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.startsWith("node_modules/") && !own.includes(name))
    .map((name) => join(made.directory, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile())
    .map((path) => readFileSync(path, "latin1"))
    .join("\n");
}

const NOISE: readonly (readonly string[])[] = [[], ["--verbose"], ["--json"], ["--show-data"]];

interface Case {
  readonly name: string;
  /** Gives the config's URL of the right one. */
  readonly url?: (url: URL) => string;
  readonly config?: (url: string) => string;
  readonly args?: readonly string[];
  readonly upgrade?: string;
}

const CASES: readonly Case[] = [
  {
    name: "a revision that quotes it to the server",
    upgrade: `  await op.execute("SELECT " + JSON.stringify(SECRET).replace(/^"|"$/g, "'") + "::int");`,
  },
  { name: "a revision that throws it", upgrade: "  throw new Error(URL_OF_ALL + SECRET);" },
  { name: "a revision that logs it", upgrade: "  op.log(URL_OF_ALL); op.log(SECRET); throw new Error('end');" },
  { name: "a role that is not there", url: (url) => Object.assign(url, { username: "nobody" }).href },
  { name: "a wrong database", url: (url) => Object.assign(url, { pathname: "/nothing" }).href },
  { name: "a port where nobody listens", url: (url) => Object.assign(url, { port: "1" }).href },
  { name: "an unknown sslmode", url: (url) => `${url.href}?sslmode=sometimes` },
  { name: "a server without encryption", url: (url) => `${url.href}?sslmode=require` },
  { name: "a URL that cannot be read", url: (url) => url.href.replace(encoded(), PASSWORD) },
  { name: "a scheme that is not known", url: (url) => url.href.replace("postgres:", "mysql:") },
  { name: "a config that throws", config: (url) => `throw new Error(${JSON.stringify(url)});` },
  { name: "a wrong key in the config", config: (url) => `export default { urll: ${JSON.stringify(url)} };` },
  {
    name: "a hook that gives the URL",
    config: (url) => `export default { connect: () => ${JSON.stringify(`${url}x`)} };`,
  },
  { name: "a backup that cannot be made", args: ["--backup", "./no/where.dump"] },
];

function encoded(): string {
  const url = new URL("http://a@b");
  url.password = encodeURIComponent(PASSWORD);
  return url.password;
}

describe.each(POSTGRES_DIALECTS)("a password in what is printed on $name", ({ open }) => {
  it.each(CASES)("is not there with $name", async ({ url: change, config, args = [], upgrade }) => {
    const database = await open();
    const admin = await connectClient(database.url);
    const role = `r${process.pid}_${Math.floor(performance.now() * 1000)}`;
    try {
      await admin.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD ${admin.escapeLiteral(PASSWORD)}`);
      const url = new URL(database.url);
      url.username = role;
      url.password = encodeURIComponent(PASSWORD);
      const text = change?.(new URL(url.href)) ?? url.href;
      const made = tempProject(config === undefined ? { url: text } : { config: config(text) });
      made.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          extra: `const SECRET = ${JSON.stringify(PASSWORD)};\nconst URL_OF_ALL = ${JSON.stringify(url.href)};\n`,
          upgrade: upgrade ?? '  await op.createTable("t", { id: integer().primaryKey() });',
        }),
      );
      vi.stubEnv("PGPASSWORD", PASSWORD);
      for (const noise of NOISE) {
        for (const command of [["upgrade", ...args], ["current"], ["status"], ["check"]]) {
          const { stdout, stderr } = await made.run([...command, ...noise], { env: { PGPASSWORD: PASSWORD } });
          expect([command, noise, hits(stdout), hits(stderr)]).toEqual([command, noise, [], []]);
          if (noise.includes("--json") && stdout !== "") JSON.parse(stdout);
        }
      }
      const byOption = await made.run(["upgrade", "--url", text, "--verbose"], { env: { PGPASSWORD: PASSWORD } });
      expect([hits(byOption.stdout), hits(byOption.stderr)]).toEqual([[], []]);
      expect(
        hits(
          written(made, ["migrate.config.ts", "migrations/versions/a.ts"]).replace(/SECRET = .*|URL_OF_ALL = .*/g, ""),
        ),
      ).toEqual([]);
      const log = await admin.query("SELECT to_regclass('tsmigrate_log') AS there");
      if (log.rows[0].there !== null) {
        const { rows } = await admin.query("SELECT what, error FROM tsmigrate_log");
        expect(hits(JSON.stringify(rows))).toEqual([]);
      }
    } finally {
      vi.unstubAllEnvs();
      await admin.query(`DROP OWNED BY ${role}`).catch(() => {});
      await admin.query(`DROP ROLE IF EXISTS ${role}`).catch(() => {});
      await admin.end();
      await database.dispose();
    }
  });

  it("shows rows that the database names in an error only when asked to", async () => {
    const database = await open();
    try {
      const made = tempProject({ url: database.url });
      made.write(
        "migrations/versions/a.ts",
        revisionText({
          id: "aaaa",
          upgrade: `  await op.createTable("people", { email: varchar(50).notNull() });
  await op.bulkInsert("people", [{ email: "ada@example.com" }, { email: "ada@example.com" }]);
  await op.createUniqueConstraint("uq", "people", ["email"]);`,
        }),
      );
      const quiet = await made.run(["upgrade", "--json"]);
      expect(quiet.exitCode).toBe(5);
      expect(quiet.stdout).not.toContain("Key (email)");
      expect((await made.run(["upgrade"])).stderr).not.toContain("Key (email)");
      expect((await made.run(["upgrade", "--show-data"])).stderr).toContain(
        "detail: Key (email)=(ada@example.com) is duplicated.",
      );
      expect((await made.run(["upgrade", "--show-data", "--json"])).json().error.detail).toContain("ada@example.com");
    } finally {
      await database.dispose();
    }
  });
});

describe("createRedactor", () => {
  it.each([
    ["postgres://ada:s3cret@host/db", "cannot reach s3cret@host", "cannot reach ***@host"],
    [undefined, "a postgres://u:p@ss/w#rd@host/db b", "a postgres://u:***@host/db b"],
    [undefined, "PGPASSWORD=abc pg_dump", "PGPASSWORD=*** pg_dump"],
    [undefined, "host=h password='a b' user=u", "host=h password=*** user=u"],
    [undefined, "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "-----BEGIN PRIVATE KEY----- ***"],
    ["--url=postgres://ada:s3cret@host/db", "s3cret", "***"],
    // Hidden where it is a password, and not where it is a name.
    [
      "postgres://postgres:postgres@host/postgres",
      "postgres://postgres:postgres@host: postgres",
      "postgres://postgres:***@host: postgres",
    ],
  ])("%s hides %j", (url, text, expected) => {
    expect(createRedactor([url], [])(text)).toBe(expected);
  });
});
