#!/usr/bin/env node
import module from "node:module";

// Syntax that every Node.js since 14 can read, so that an old one gets a sentence and not a stack.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19) || major === 21 || (major === 22 && minor < 12) || major === 23) {
  console.error(`error: tsmigrate needs Node.js 20.19, 22.12, or 24 and newer; this is ${process.versions.node}`);
  console.error("hint: Install a newer Node.js from https://nodejs.org and run the command again.");
  process.exitCode = 2;
} else {
  // Keeps what V8 made of our files from run to run (Node.js 22.1 and newer).
  module.enableCompileCache?.();
  import("../dist/bin.js").then((cli) => cli.main());
}
