/** Runs vitest itself on small files, to see what a run prints and leaves behind. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";

const root = join(import.meta.dirname, "../../..");

describe("the last line of a run", () => {
  it("counts passed, failed and skipped tests", async () => {
    const { last, code } = await run({
      "a.test.ts": "test('p', () => {}); test('f', () => { expect(1).toBe(2) }); test.skip('s')",
    });
    expect({ last, code }).toEqual({ last: "1 passed, 1 failed, 1 skipped", code: 1 });
  });

  it("counts a file that cannot be loaded as a failure", async () => {
    const { last, code } = await run({ "a.test.ts": "throw new Error('x')", "b.test.ts": "test('p', () => {})" });
    expect({ last, code }).toEqual({ last: "1 passed, 1 failed, 0 skipped", code: 1 });
  });

  it("counts an error outside of any test as a failure", async () => {
    const { last, code } = await run({
      "a.test.ts":
        "test('p', async () => { setTimeout(() => { throw new Error('x') }); await new Promise((r) => setTimeout(r, 50)) })",
    });
    expect({ last, code }).toEqual({ last: "1 passed, 1 failed, 0 skipped", code: 1 });
  });

  it("is there when the set-up fails", async () => {
    const { last, code } = await run({ "a.test.ts": "test('p', () => {})" }, { globalSetup: "./missing.ts" });
    expect({ last, code }).toEqual({ last: "0 passed, 1 failed, 0 skipped", code: 1 });
  });
});

describe("a test database that cannot run", () => {
  const files = {
    "a.test.ts": `import { DIALECTS } from ${JSON.stringify(join(root, "test/support/dialects.ts"))};
      describe.each(DIALECTS)("$name", ({ open }) => { it("opens", async () => { await (await open()).dispose() }) })`,
  };

  it("skips its tests and prints the reason", async () => {
    const { last, code, output } = await run(files, { env: { TSMIGRATE_TEST_POSTGRES_BIN: "/nowhere/bin", CI: "" } });
    expect({ last, code }).toEqual({ last: "2 passed, 0 failed, 1 skipped", code: 0 });
    expect(output).toContain("/nowhere/bin");
  });

  it("fails its tests in CI", async () => {
    const { last, code } = await run(files, { env: { TSMIGRATE_TEST_POSTGRES_BIN: "/nowhere/bin", CI: "true" } });
    expect({ last, code }).toEqual({ last: "2 passed, 1 failed, 0 skipped", code: 1 });
  });

  it("is left out when the run is narrowed to another", async () => {
    const env = { TSMIGRATE_TEST_POSTGRES_BIN: "/nowhere/bin", TSMIGRATE_TEST_DIALECTS: "sqlite", CI: "true" };
    const { last, code } = await run(files, { env });
    expect({ last, code }).toEqual({ last: "2 passed, 0 failed, 0 skipped", code: 0 });
  });
});

describe("a run that uses PostgreSQL", () => {
  const file = (body: string) => ({
    "a.test.ts": `import { openTestDatabase } from ${JSON.stringify(join(root, "test/support/dialects.ts"))};
      test("uses it", async () => { await openTestDatabase("postgres"); ${body} })`,
  });

  it("leaves nothing behind when its tests fail", async () => {
    const { last, folders } = await run(file("expect(1).toBe(2)"));
    expect({ last, folders }).toEqual({ last: "0 passed, 1 failed, 0 skipped", folders: [] });
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
    it(`leaves nothing behind after ${signal}`, async () => {
      const waits = `(await import("node:fs")).writeFileSync("running", ""); await new Promise(() => {})`;
      const { folders } = await run(file(waits), { signal });
      expect(folders).toEqual([]);
    });
  }
});

interface Outcome {
  readonly last: string;
  readonly code: number | null;
  readonly output: string;
  /** What is left in the run's folder for temporary files. */
  readonly folders: readonly string[];
}

interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Sent to the run once a test has made the file `running`. */
  readonly signal?: NodeJS.Signals;
  readonly globalSetup?: string;
}

async function run(files: Readonly<Record<string, string>>, options: RunOptions = {}): Promise<Outcome> {
  const folder = mkdtempSync("/tmp/tsmigrate-run-");
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  // The server's user has to get in.
  chmodSync(folder, 0o755);
  const support = join(root, "test/support");
  const config = {
    globals: true,
    globalSetup: options.globalSetup ?? `${support}/global-setup.ts`,
    reporters: ["default", `${support}/count-reporter.ts`],
    maxWorkers: 1,
    testTimeout: 60_000,
    include: ["*.test.ts"],
  };
  writeFileSync(join(folder, "vitest.config.mjs"), `export default ${JSON.stringify({ test: config })}`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(process.execPath, [join(root, "node_modules/vitest/vitest.mjs"), "run"], {
    cwd: folder,
    env: { ...cleanEnvironment(), TMPDIR: folder, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return { ...(await outcome(child, folder, options.signal)), folders: await leftFolders(folder) };
}

async function outcome(child: ChildProcess, folder: string, signal?: NodeJS.Signals) {
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (chunk) => (output += chunk));
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  if (signal !== undefined) {
    while (!existsSync(join(folder, "running"))) await sleep(50);
    expect(serverFolders(folder)).toHaveLength(1);
    child.kill(signal);
  }
  const ended = await code;
  return { code: ended, output, last: output.trimEnd().split("\n").at(-1) ?? "" };
}

function serverFolders(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith("tsmigrate-postgres-"));
}

async function leftFolders(folder: string): Promise<readonly string[]> {
  for (let waited = 0; waited < 10_000 && serverFolders(folder).length > 0; waited += 50) await sleep(50);
  return serverFolders(folder);
}

/** Without what the outer run has set for its own. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const own = /^(VITEST|TEST|NODE_ENV|CI$|TSMIGRATE_TEST)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
