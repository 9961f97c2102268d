/** `npm run check`: types, lint and format, and the architecture test; all of them, even when the first one fails. */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const steps = [
  ["types", "node_modules/typescript/bin/tsc", "-p", "tsconfig.json"],
  ["lint and format", "node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings"],
  ["architecture", "node_modules/vitest/vitest.mjs", "run", "test/unit/architecture.test.ts"],
];
let failed = 0;
for (const [name, script, ...args] of steps) {
  console.log(`\n== ${name}`);
  const { status } = spawnSync(process.execPath, [join(root, script), ...args], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, TSMIGRATE_TEST_DIALECTS: "sqlite" },
  });
  if (status !== 0) failed += 1;
}
console.log(`\n${steps.length - failed} of ${steps.length} checks are fine`);
process.exit(failed === 0 ? 0 : 1);
