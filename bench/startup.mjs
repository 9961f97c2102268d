/**
 * What starting costs: `current`, `history`, `--version` with 10 revisions applied, each beside its floor in the same run
 * (node with the driver and one query; node alone). Whole processes, interleaved, medians of wall time and of computing, of
 * which the second is the one to read on a busy machine; only the ratios mean anything on another one.
 * `node bench/startup.mjs [runs]`, 9 by default.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const runs = Number(process.argv[2] ?? 9);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bench-"));
const bin = join(root, "bin/tsmigrate.js");
const node = (...args) => execFileSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });

try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(
    join(folder, "migrate.config.ts"),
    'import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: "sqlite:///./app.db" });\n',
  );
  mkdirSync(join(folder, "migrations/versions"), { recursive: true });
  for (let at = 0; at < 10; at += 1) {
    writeFileSync(
      join(folder, `migrations/versions/r${at}.ts`),
      `/** revision ${at} */\nimport { integer, type Operations, text } from "tsmigrate";\nexport const revision = "rev${at}";\nexport const downRevision = ${at === 0 ? "null" : `"rev${at - 1}"`};\nexport async function upgrade(op: Operations) {\n  await op.createTable("t${at}", { id: integer().primaryKey(), name: text() });\n}\nexport async function downgrade(op: Operations) {\n  await op.dropTable("t${at}");\n}\n`,
    );
  }
  writeFileSync(
    join(folder, "used.cjs"),
    `process.on("exit", () => { const used = process.cpuUsage(); require("node:fs").writeFileSync("used", String((used.user + used.system) / 1000)); });`,
  );
  node(bin, "upgrade", "head");
  const driver = join(root, "node_modules/better-sqlite3");
  const floors = {
    driver: [
      "-e",
      `new (require(${JSON.stringify(driver)}))("app.db").prepare("SELECT * FROM tsmigrate_version").all()`,
    ],
    node: ["-e", "0"],
  };
  const cases = [
    ["current", "driver", [bin, "current"]],
    ["upgrade head, nothing to do", "driver", [bin, "upgrade", "head"]],
    ["history", "node", [bin, "history"]],
    ["--version", "node", [bin, "--version"]],
    ["--help", "node", [bin, "--help"]],
  ];
  for (const [name, floor, args] of cases) {
    const seen = { command: [], floor: [] };
    for (let run = -1; run < runs; run += 1) {
      const [command, base] = [measure(args), measure(floors[floor])];
      if (run < 0) continue;
      seen.command.push(command);
      seen.floor.push(base);
    }
    const [wall, cpu] = ["wall", "cpu"].map((key) => {
      const [command, base] = [seen.command, seen.floor].map((runs) => median(runs.map((one) => one[key])));
      return `${command.toFixed(0).padStart(5)} ms  floor (${floor}) ${base.toFixed(0).padStart(4)} ms  ratio ${(command / base).toFixed(2)}`;
    });
    console.log(`${name.padEnd(30)} ${wall}   CPU ${cpu}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measure(args) {
  const started = performance.now();
  node("--require", "./used.cjs", ...args);
  const wall = performance.now() - started;
  return { wall, cpu: Number(readFileSync(join(folder, "used"), "utf8")) };
}

function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
