/**
 * Reads docs/tutorial.md as a program: the blocks that write files, edit a revision, and run commands, in order.
 * The quickstart plays it, and tests run it through the packed package.
 */
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Steps of the tutorial: `{ kind: "heading" | "text", text }`, `{ kind: "file", name, text }`,
 * `{ kind: "edit", slug, text }` and `{ kind: "command", line }`.
 */
export function readTutorial(path = join(root, "docs/tutorial.md")) {
  const steps = [];
  const lines = readFileSync(path, "utf8").split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at];
    const fence = /^```(\w*)\s*(.*)$/.exec(line);
    if (fence === null) {
      if (/^## /.test(line)) steps.push({ kind: "heading", text: line.slice(3) });
      else if (line.trim() !== "" && !/^# /.test(line)) steps.push({ kind: "text", text: line });
      continue;
    }
    const body = [];
    for (at += 1; lines[at] !== "```"; at += 1) body.push(lines[at]);
    const [, language, options] = fence;
    const [, key, value] = /^(\w+)=(\S+)$/.exec(options) ?? [];
    if (key === "file") steps.push({ kind: "file", name: value, text: `${body.join("\n")}\n` });
    else if (key === "edit") steps.push({ kind: "edit", slug: value, text: body.join("\n") });
    else if (language === "sh") steps.push(...body.map((command) => ({ kind: "command", line: command })));
  }
  return steps;
}

/** Replaces the two functions of the newest revision file whose name holds `slug`. */
export function editRevision(directory, slug, functions) {
  const versions = join(directory, "migrations/versions");
  const name = readdirSync(versions).find((file) => file.includes(slug));
  if (name === undefined) throw new Error(`no revision file of ${slug}`);
  const path = join(versions, name);
  const text = readFileSync(path, "utf8");
  writeFileSync(path, `${text.slice(0, text.indexOf("export async function upgrade"))}${functions}\n`);
  return path;
}

/** Words of a command line, with double quotes. */
export function words(line) {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
}

/**
 * Runs every step of the tutorial in `folder`, where the package is installed, and gives the output of each command.
 * `node` and `bin` are the programs; `urls` are the databases instead of the tutorial's two SQLite files.
 */
export async function runTutorial({ folder, node, bin, urls, env }) {
  const outputs = [];
  const replaced = (text) =>
    text
      .replaceAll("sqlite:///./user_management.db", urls.main)
      .replaceAll("sqlite+aiosqlite:///./user_management_async.db", urls.async);
  for (const step of readTutorial()) {
    if (step.kind === "file") writeFileSync(join(folder, step.name), replaced(step.text));
    else if (step.kind === "edit") editRevision(folder, step.slug, step.text);
    else if (step.kind === "command") {
      const [program, ...args] = words(replaced(step.line));
      const command = program === "npx" ? [bin, ...args.slice(1)] : args;
      outputs.push({ line: step.line, ...(await execute(node, command, { cwd: folder, env })) });
      const { status, stdout, stderr } = outputs.at(-1);
      if (status !== 0) throw new Error(`${step.line} ended with exit code ${status}\n${stdout}${stderr}`);
    }
  }
  return outputs;
}

/** Runs a program and gives its exit status and output. */
export function execute(program, args, options) {
  return new Promise((resolve) => {
    execFile(program, args, { ...options, encoding: "utf8" }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? 1), stdout, stderr });
    });
  });
}
