/** `npm test`: builds, then runs every test; extra arguments go to vitest. The last line says `N passed, N failed, N skipped`. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const run = (script, ...args) =>
  spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, stdio: "inherit" });

const built = run("scripts/build.mjs");
if (built.status !== 0) process.exit(built.status ?? 1);
const tested = run("node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2));
process.exit(tested.status ?? 1);
