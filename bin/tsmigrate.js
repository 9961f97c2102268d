#!/usr/bin/env node
// Syntax that every Node.js since 14 can read, so that an old one gets a sentence and not a stack.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12) || major === 23) {
  console.error(`error: tsmigrate needs Node.js 20.19, 22.12, or 24 and newer; this is ${process.versions.node}`);
  console.error("hint: Install a newer Node.js from https://nodejs.org and run the command again.");
  process.exitCode = 2;
} else {
  // Imports would make Node.js load more than it takes to answer.
  const [fs, module, path] = ["fs", "module", "path"].map((name) => process.getBuiltinModule(`node:${name}`));
  const root = path.dirname(import.meta.dirname);
  if (process.argv.length === 3 && process.argv[2] === "--version") {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, "package.json"), "utf8"));
    fs.writeSync(1, `tsmigrate ${version}\n`);
  } else {
    // Keeps what V8 made of our files from run to run (Node.js 22.1 and newer), beside them: whoever can write there can
    // change them as well, which is not so in the folder for temporary files. Where nobody can, nothing is kept.
    const packages = path.dirname(root);
    const modules = path.basename(packages) === "node_modules" ? packages : path.join(root, "node_modules");
    module.enableCompileCache?.(path.join(modules, ".cache", "tsmigrate-compiled"));
    import("../dist/bin.js").then((cli) => cli.main());
  }
}
