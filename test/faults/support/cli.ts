/** The built command line as processes, in project folders. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
const BIN = join(ROOT, "bin/tsmigrate.js");
/** Nothing here takes longer, unless it hangs. */
const HANGS_MILLISECONDS = 120_000;

const NOBODY = 65_534;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly hung: boolean;
  readonly milliseconds: number;
}

export interface Started {
  readonly child: ChildProcess;
  /** Resolves once the output holds the text, or the process has ended: then false. */
  says(text: string): Promise<boolean>;
  readonly ended: Promise<Ended>;
}

export interface RunOptions {
  readonly cwd: string;
  /** Becomes DATABASE_URL. */
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeout?: number;
  /** Root may do everything; somebody else may not. */
  readonly asNobody?: boolean;
}

export function startCli(args: readonly string[], options: RunOptions): Started {
  const started = performance.now();
  const child = spawn(process.execPath, [BIN, ...args], {
    cwd: options.cwd,
    env: environment(options),
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.asNobody === true ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  let stdout = "";
  let stderr = "";
  let hung = false;
  const listeners = new Set<() => void>();
  const heard = () => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout.on("data", (data) => {
    stdout += data;
    heard();
  });
  child.stderr.on("data", (data) => {
    stderr += data;
    heard();
  });
  const timer = setTimeout(() => {
    hung = true;
    child.kill("SIGKILL");
  }, options.timeout ?? HANGS_MILLISECONDS);
  let isOver = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      isOver = true;
      heard();
      resolve({ code, signal, stdout, stderr, hung, milliseconds: performance.now() - started });
    });
  });
  const says = (text: string) =>
    new Promise<boolean>((resolve) => {
      const listener = () => {
        const found = stdout.includes(text) || stderr.includes(text);
        if (!found && !isOver) return;
        listeners.delete(listener);
        resolve(found);
      };
      listeners.add(listener);
      listener();
    });
  return { child, says, ended };
}

export function runCli(args: readonly string[], options: RunOptions): Promise<Ended> {
  return startCli(args, options).ended;
}

function environment({ url, env }: RunOptions): Record<string, string> {
  const { PATH = "", HOME = "", TMPDIR } = process.env;
  const base = { PATH, HOME, NO_COLOR: "1", ...(TMPDIR === undefined ? {} : { TMPDIR }) };
  return { ...base, ...(url === undefined ? {} : { DATABASE_URL: url }), ...env };
}

/** How a process ended, for a failure's text. */
export function tell(ended: Ended): string {
  const how = ended.hung ? "hung" : (ended.signal ?? `exit ${ended.code}`);
  return `${how}: ${`${ended.stderr}${ended.stdout}`.trim().replaceAll("\n", " / ").slice(0, 600)}`;
}

/** A project whose database is what DATABASE_URL says. `files` go into `migrations/versions`. */
export function writeProject(folder: string, files: Readonly<Record<string, string>>, config = "{}"): void {
  mkdirSync(join(folder, "node_modules"), { recursive: true });
  symlinkSync(ROOT, join(folder, "node_modules/tsmigrate"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "name": "project", "private": true, "type": "module" }\n');
  const text = `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig(${config});\n`;
  writeFileSync(join(folder, "migrate.config.ts"), text);
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, "migrations/versions", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }
}

/** A revision file; the bodies are TypeScript. */
export function revisionFile(revision: {
  readonly id: string;
  readonly down: string | null;
  readonly upgrade: string;
  readonly downgrade: string;
  readonly extra?: string;
}): string {
  return `/** revision ${revision.id} */
import { bigint, integer, type Operations, sql, text, varchar } from "tsmigrate";

export const revision = "${revision.id}";
export const downRevision = ${JSON.stringify(revision.down)};
${revision.extra ?? ""}
export async function upgrade(op: Operations): Promise<void> {
${revision.upgrade}
}

export async function downgrade(op: Operations): Promise<void> {
${revision.downgrade}
}
`;
}

/** A revision that was there before all others, for tables that a scenario makes by itself. */
export const BEGINNING = revisionFile({ id: "begin", down: null, upgrade: "", downgrade: "" });
/** Says that {@link BEGINNING} was applied. */
export const STAMPED = [
  "CREATE TABLE tsmigrate_version (rev text NOT NULL, CONSTRAINT tsmigrate_version_pkc PRIMARY KEY (rev))",
  "INSERT INTO tsmigrate_version VALUES ('begin')",
].join(";\n");
