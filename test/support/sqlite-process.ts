/** Other processes that use the SQLite dialect, from a bundle as users get it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll } from "vitest";

export interface Answer {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Script {
  readonly child: ChildProcess;
  /** Resolves when the process has printed a line. */
  readonly firstLine: Promise<string>;
  readonly done: Promise<Answer>;
}

/** Bundles the dialect once for a test file; gives a function that runs module text with `sqlite` and `connect` in scope. */
export function sqliteProcesses(): (text: string, options?: { readonly nobody?: boolean }) => Promise<Script> {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-bundle-"));
  chmodSync(folder, 0o755);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let bundle: Promise<unknown> | null = null;
  let count = 0;
  return async (text, { nobody = false } = {}) => {
    bundle ??= build({
      entryPoints: [join(import.meta.dirname, "../../src/dialects/sqlite/index.ts")],
      outfile: join(folder, "dialect.mjs"),
      bundle: true,
      minify: true,
      keepNames: true,
      platform: "node",
      format: "esm",
      target: "node20",
      external: ["better-sqlite3", "kysely"],
    });
    await bundle;
    const file = join(folder, `script-${count++}.mjs`);
    writeFileSync(file, `${PRELUDE}\n${text}\n`);
    // Root may write everywhere, so that what others may not is tried as somebody else.
    const user = nobody && process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    const child = spawn(process.execPath, [file], { cwd: process.cwd(), stdio: ["pipe", "pipe", "pipe"], ...user });
    return watch(child);
  };
}

const PRELUDE = `
import { sqlite } from "./dialect.mjs";
const connect = (file, options = {}, worker = false) => sqlite.connect(
  { dialect: "sqlite", file, worker, display: file },
  { resolveFrom: [process.cwd()], create: false, readOnly: false, applicationName: "child", statementTimeoutMilliseconds: 0, ddlLockTimeoutMilliseconds: 0, ...options },
);
const introspect = (connection) => sqlite.introspect(connection, { ignoreTables: [], schemas: [] });
`;

function watch(child: ChildProcess): Script {
  let stdout = "";
  let stderr = "";
  const firstLine = new Promise<string>((resolve) => {
    child.stdout!.on("data", (chunk) => {
      stdout += chunk;
      if (stdout.includes("\n")) resolve(stdout.slice(0, stdout.indexOf("\n")));
    });
    child.on("close", () => resolve(""));
  });
  child.stderr!.on("data", (chunk) => {
    stderr += chunk;
  });
  const done = once(child, "close").then(([code, signal]) => ({ code, signal, stdout, stderr }));
  return { child, firstLine, done };
}
