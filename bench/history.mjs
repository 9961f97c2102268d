/**
 * What a long history costs: `heads`, `history`, `current` and an `upgrade` with nothing to do, on 5,000 revisions in a line
 * and on 2,000 with 200 branches, each beside the time in which Node reads the headers of the same files, in the same run.
 * Whole processes, interleaved, medians of wall time, and the highest memory of each; only the ratios mean anything on
 * another machine.
 * `node bench/history.mjs [runs]`, 5 by default.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const runs = Number(process.argv[2] ?? 5);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "bin/tsmigrate.js");

/** What the headers say, by the shortest program that finds out. The driver is opened where the command opens one. */
const READ_HEADERS = `
const { readdirSync, readFileSync } = require("node:fs");
const headers = new Map();
for (const name of readdirSync("migrations/versions").sort()) {
  if (!name.endsWith(".ts")) continue;
  const text = readFileSync("migrations/versions/" + name, "utf8");
  const of = (name) => new RegExp(name + "(?:: [^=]+)? = (.*);").exec(text)?.[1];
  const message = /^\\/\\*\\*\\n \\* (.*)/.exec(text)[1];
  headers.set(of("revision"), [of("downRevision"), of("branchLabels"), of("dependsOn"), message]);
}
if (headers.size !== Number(process.argv[1])) process.exit(1);
`;
const QUERY = `new (require(${JSON.stringify(join(root, "node_modules/better-sqlite3"))}))("app.db").prepare("SELECT * FROM tsmigrate_version").all();`;

/** Ids and parents, by the number of the revision. */
const SHAPES = {
  "5,000 in a line": () => Array.from({ length: 5_000 }, (_, at) => (at === 0 ? [] : [at - 1])),
  "2,000 with 200 branches": () =>
    Array.from({ length: 2_000 }, (_, at) => {
      if (at === 0) return [];
      // A trunk of 200, and from each of its revisions a branch of 9.
      return at < 200 || (at - 200) % 9 !== 0 ? [at - 1] : [(at - 200) / 9];
    }),
};

const ID = (at) => `r${String(at).padStart(6, "0")}`;

for (const [name, shape] of Object.entries(SHAPES)) measureShape(name, shape());

function measureShape(name, parents) {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
  try {
    writeProject(folder, parents);
    const heads = parents.length - new Set(parents.flat()).size;
    run(folder, [bin, "upgrade", "heads", "--transaction", "all"]);
    console.log(`${name}: ${heads} ${heads === 1 ? "head" : "heads"}`);
    const cases = [
      ["heads", [bin, "heads"], READ_HEADERS],
      ["history", [bin, "history"], READ_HEADERS],
      ["history --graph", [bin, "history", "--graph"], READ_HEADERS],
      ["current", [bin, "current"], READ_HEADERS + QUERY],
      ["upgrade heads, nothing to do", [bin, "upgrade", "heads"], READ_HEADERS + QUERY],
    ];
    for (const [label, args, floor] of cases) {
      const command = { times: [], memory: 0 };
      const floors = { times: [], memory: 0 };
      for (let at = -1; at < runs; at += 1) {
        note(command, run(folder, args), at);
        note(floors, run(folder, ["-e", floor, String(parents.length)]), at);
      }
      const [time, floorTime] = [median(command.times), median(floors.times)];
      console.log(
        `  ${label.padEnd(30)} ${time.toFixed(0).padStart(5)} ms  headers alone ${floorTime.toFixed(0).padStart(4)} ms  ratio ${(time / floorTime).toFixed(2)}  peak ${command.memory} MiB`,
      );
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeProject(folder, parents) {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "migrate.config.ts"),
    'import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: "sqlite:///./app.db" });\n',
  );
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  for (const [at, below] of parents.entries()) {
    const ids = below.map((parent) => `"${ID(parent)}"`);
    const down = ids.length === 0 ? "null" : ids.length === 1 ? ids[0] : `[${ids.join(", ")}]`;
    writeFileSync(
      join(folder, `migrations/versions/${ID(at)}_add_table.ts`),
      `/**
 * add table ${at}
 *
 * Revision ID: ${ID(at)}
 * Revises: ${below.map(ID).join(", ") || "<base>"}
 * Create Date: 2026-01-02T03:04:05.000Z
 */
import { type Operations, type RevisionId, integer, text } from "tsmigrate";

export const revision: RevisionId = "${ID(at)}";
export const downRevision: RevisionId | readonly RevisionId[] | null = ${down};
export const branchLabels: readonly string[] | null = null;
export const dependsOn: RevisionId | readonly RevisionId[] | null = null;

export async function upgrade(op: Operations): Promise<void> {
  await op.createTable("t${at}", { id: integer().primaryKey(), name: text().notNull(), note: text() });
  await op.createIndex("ix_t${at}_name", "t${at}", ["name"]);
}

export async function downgrade(op: Operations): Promise<void> {
  await op.dropIndex("ix_t${at}_name", "t${at}");
  await op.dropTable("t${at}");
}
`,
    );
  }
}

/** Runs Node with a preload that tells the most memory it held, in MiB. */
function run(folder, args) {
  const tell = `data:text/javascript,process.on("exit",()=>process.stderr.write("\\npeak "+Math.ceil(process.resourceUsage().maxRSS/1024)))`;
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ["--import", tell, ...args], {
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  const time = performance.now() - started;
  if (status !== 0) throw new Error(`${args.slice(-2).join(" ")} failed: ${stderr}`);
  return { time, memory: Number(/peak (\d+)$/.exec(String(stderr))[1]) };
}

function note(measured, { time, memory }, at) {
  if (at < 0) return;
  measured.times.push(time);
  measured.memory = Math.max(measured.memory, memory);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
