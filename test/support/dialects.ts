/**
 * The databases that tests run on: `describe.each(DIALECTS)("… on $name", ({ open, capabilities }) => …)`.
 *
 * `TSMIGRATE_TEST_DIALECTS` narrows (`sqlite`, `postgres`, or the name of an entry, separated by commas);
 * `TSMIGRATE_TEST_POSTGRES_URL`, the URL of a user who may create databases, adds an entry. A database that cannot run
 * fails its tests when `CI` is set, and skips them with a printed reason otherwise.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject, TestRunner } from "vitest";
import type { DialectCapabilities } from "../../src/dialects/dialect.js";
import { postgres } from "../../src/dialects/postgres/index.js";
import { sqlite } from "../../src/dialects/sqlite/index.js";
import type { DialectName } from "../../src/schema/schema.js";
import type { BrokerAnswer } from "./global-setup.js";
import { createPostgresDatabase, type TestDatabase } from "./postgres-server.js";

export type TestDialectName = "sqlite" | "sqlite-worker" | "postgres" | "postgres-extra";

export interface TestDialect {
  readonly name: TestDialectName;
  readonly family: DialectName;
  readonly capabilities: DialectCapabilities;
  /** A fresh, empty database. Skips or fails the running test when there is no such server. */
  readonly open: () => Promise<TestDatabase>;
}

const ALL: readonly TestDialect[] = [
  { name: "sqlite", family: "sqlite", capabilities: sqlite.capabilities, open: () => openSqlite("sqlite") },
  {
    name: "sqlite-worker",
    family: "sqlite",
    capabilities: sqlite.capabilities,
    open: () => openSqlite("sqlite+aiosqlite"),
  },
  {
    name: "postgres",
    family: "postgres",
    capabilities: postgres.capabilities,
    open: async () => createPostgresDatabase((await postgresServer()).url),
  },
  ...extraPostgres(),
];

/** The entries that this run is about, never empty. */
export const DIALECTS: readonly TestDialect[] = narrowed();

/**
 * The PostgreSQL entries, for tests of that dialect alone. When the run is narrowed to others the tests are skipped.
 */
export const POSTGRES_DIALECTS: readonly TestDialect[] = family("postgres");

/** The SQLite entries, in the same way. */
export const SQLITE_DIALECTS: readonly TestDialect[] = family("sqlite");

/** A fresh database of one kind. */
export function openTestDatabase(name: TestDialectName): Promise<TestDatabase> {
  const dialect = [...DIALECTS, ...POSTGRES_DIALECTS, ...SQLITE_DIALECTS].find((entry) => entry.name === name);
  if (dialect === undefined) throw new Error(`there is no test database '${name}' in this run`);
  return dialect.open();
}

/** The private server's superuser URLs: through the loopback port and through the unix socket. */
export async function postgresServer(): Promise<{ readonly url: string; readonly socketUrl: string }> {
  const answer = (await (await fetch(inject("postgresBroker"))).json()) as BrokerAnswer;
  if (!("error" in answer)) return answer;
  return unavailable(answer.error, process.env.CI !== undefined && process.env.CI !== "");
}

async function openSqlite(scheme: string): Promise<TestDatabase> {
  const folder = await mkdtemp(join(tmpdir(), "tsmigrate-sqlite-"));
  return {
    url: `${scheme}:///${join(folder, "test.db")}`,
    dispose: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function extraPostgres(): readonly TestDialect[] {
  const url = process.env.TSMIGRATE_TEST_POSTGRES_URL;
  if (url === undefined || url === "") return [];
  const open = () => createPostgresDatabase(url);
  return [{ name: "postgres-extra", family: "postgres", capabilities: postgres.capabilities, open }];
}

function narrowed(): readonly TestDialect[] {
  const wanted = (process.env.TSMIGRATE_TEST_DIALECTS ?? "").split(",").filter((name) => name !== "");
  const unknown = wanted.find((name) => !ALL.some((entry) => entry.name === name || entry.family === name));
  if (unknown !== undefined)
    throw new Error(`TSMIGRATE_TEST_DIALECTS names '${unknown}', which is not a test database`);
  if (wanted.length === 0) return ALL;
  return ALL.filter((entry) => wanted.includes(entry.name) || wanted.includes(entry.family));
}

function family(name: DialectName): readonly TestDialect[] {
  const members = DIALECTS.filter((entry) => entry.family === name);
  if (members.length > 0) return members;
  const open = async () => unavailable("TSMIGRATE_TEST_DIALECTS leaves it out", false);
  return ALL.filter((entry) => entry.name === name).map((entry) => ({ ...entry, open }));
}

const printed = new Set<string>();

/** Ends the running test: as failed, or as skipped with the reason printed once a file. */
function unavailable(reason: string, fails: boolean): never {
  const test = TestRunner.getCurrentTest();
  if (fails || test === undefined) throw new Error(`this test database cannot run: ${reason}`);
  if (!printed.has(reason)) process.stderr.write(`skipped, the test database cannot run: ${reason}\n`);
  printed.add(reason);
  return test.context.skip(reason);
}
