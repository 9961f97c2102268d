import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import pg from "pg";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { POSTGRES_DIALECTS, postgresServer } from "../../support/dialects.js";
import { createPostgresDatabase, type PostgresServer, startPostgresServer } from "../../support/postgres-server.js";

const parents: ChildProcess[] = [];
afterEach(() => {
  for (const parent of parents.splice(0)) parent.kill("SIGKILL");
});

describe("startPostgresServer", () => {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    it(`leaves no server and no folder when its starter gets ${signal}`, async () => {
      const { parent, server } = await startInAnotherProcess();
      expect(isAlive(server.serverPid)).toBe(true);
      expect(existsSync(server.folder)).toBe(true);
      parent.kill(signal);
      await expectGone(server);
    });
  }

  it("leaves no server and no folder when its starter ends while a client is connected", async () => {
    const { parent, server } = await startInAnotherProcess();
    const client = new pg.Client({ connectionString: server.url });
    client.on("error", () => undefined);
    await client.connect();
    parent.kill("SIGKILL");
    await expectGone(server);
  });

  it("is over once stop() has resolved", async () => {
    const server = await startPostgresServer();
    await server.stop();
    expect(isAlive(server.serverPid)).toBe(false);
    expect(existsSync(server.folder)).toBe(false);
  });

  it("says why when the binaries are not there, and leaves nothing", async () => {
    process.env.TSMIGRATE_TEST_POSTGRES_BIN = "/nowhere/bin";
    onTestFinished(() => {
      delete process.env.TSMIGRATE_TEST_POSTGRES_BIN;
    });
    await expect(startPostgresServer()).rejects.toThrow(/PostgreSQL cannot be started: .*\/nowhere\/bin/);
  });
});

describe.each(POSTGRES_DIALECTS)("a test database on $name", ({ name, open }) => {
  it("is fresh, and gone after dispose although somebody is connected", async () => {
    const database = await open();
    const client = new pg.Client({ connectionString: database.url });
    client.on("error", () => undefined);
    await client.connect();
    const { rows } = await client.query("select count(*)::int as tables from pg_tables where schemaname = 'public'");
    expect(rows).toEqual([{ tables: 0 }]);
    await database.dispose();
    const again = new pg.Client({ connectionString: database.url });
    await expect(again.connect()).rejects.toMatchObject({ code: "3D000" });
  });

  it.skipIf(name !== "postgres")("is reached through the unix socket as well", async () => {
    const { socketUrl } = await postgresServer();
    const database = await createPostgresDatabase(socketUrl);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query("select inet_server_port() as port");
    await client.end();
    await database.dispose();
    expect(rows).toEqual([{ port: null }]);
  });
});

/** A process that starts a server as a test run does, says where it is, and then waits. */
async function startInAnotherProcess(): Promise<{ parent: ChildProcess; server: PostgresServer }> {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-parent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const module = pathToFileURL(join(import.meta.dirname, "../../support/postgres-server.ts")).href;
  const file = join(folder, "parent.mjs");
  writeFileSync(
    file,
    `import { startPostgresServer } from ${JSON.stringify(module)};
     console.log(JSON.stringify(await startPostgresServer()));
     setInterval(() => {}, 1000);`,
  );
  const parent = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  parents.push(parent);
  const line = await new Promise<string>((resolve) => {
    parent.stdout.once("data", (chunk) => resolve(String(chunk)));
  });
  return { parent, server: JSON.parse(line) as PostgresServer };
}

async function expectGone(server: PostgresServer): Promise<void> {
  for (let waited = 0; waited < 10_000; waited += 50) {
    if (!isAlive(server.serverPid) && !existsSync(server.folder)) break;
    await sleep(50);
  }
  expect({ alive: isAlive(server.serverPid), folder: existsSync(server.folder) }).toEqual({
    alive: false,
    folder: false,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
