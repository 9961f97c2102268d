/**
 * `npm run test:faults`: breaks runs of the built command line in every way that test/faults knows, and counts what is
 * left behind. `npm run test:faults -- --help` says how to repeat one run. The last line says `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import module from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
if (!process.features.typescript || module.registerHooks === undefined) {
  console.error("error: the fault tests need the Node.js of this repository");
  console.error("hint: Run `npm run test:faults`, which finds it.");
  process.exit(2);
}
if (!process.argv.includes("--no-build")) {
  const built = spawnSync(process.execPath, [join(root, "scripts/build.mjs")], { cwd: root, stdio: "inherit" });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
// Node.js runs TypeScript as it is, but does not find `x.ts` where a file says `x.js`, as TypeScript wants it.
module.registerHooks({
  resolve(specifier, context, next) {
    const isOurs = specifier.startsWith(".") && context.parentURL?.endsWith(".ts");
    return next(isOurs ? specifier.replace(/\.js$/, ".ts") : specifier, context);
  },
});
const { main } = await import("../test/faults/main.ts");
process.exitCode = await main(process.argv.slice(2).filter((word) => word !== "--no-build"));
