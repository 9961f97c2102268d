/** A project folder of its own for a test, and the command line run in it, in this process. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { runCli } from "../../src/cli/main.js";

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON. */
  json(): any;
}

export interface TempProject {
  readonly directory: string;
  path(...parts: readonly string[]): string;
  write(name: string, text: string): void;
  read(name: string): string;
  /** Names of revision files in `migrations/versions`, sorted. */
  revisions(): readonly string[];
  /** The path of the only revision file whose name holds `slug`. */
  revision(slug: string): string;
  run(
    args: readonly string[],
    options?: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string },
  ): Promise<CliResult>;
}

/** The folder goes when the test is over. `url` goes into the config, models into `models.ts`. */
export function tempProject(
  options: { readonly url?: string; readonly models?: string; readonly config?: string } = {},
): TempProject {
  const directory = mkdtempSync(join(tmpdir(), "tsmigrate-project-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }));
  const path = (...parts: readonly string[]) => join(directory, ...parts);
  const write = (name: string, text: string) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), text);
  };
  write("package.json", '{ "name": "project", "private": true, "type": "module" }\n');
  mkdirSync(path("node_modules"));
  symlinkSync(join(import.meta.dirname, "../.."), path("node_modules/tsmigrate"), "junction");
  const url = options.url ?? "sqlite:///./app.db";
  write(
    "migrate.config.ts",
    options.config ??
      `import { defineConfig } from "tsmigrate/config";\nexport default defineConfig({ url: ${JSON.stringify(url)}, models: "./models.ts" });\n`,
  );
  mkdirSync(path("migrations/versions"), { recursive: true });
  if (options.models !== undefined) write("models.ts", options.models);
  const versions = () =>
    readdirSync(path("migrations/versions"))
      .filter((name) => !name.startsWith(".") && name !== "heads")
      .sort();
  return {
    directory,
    path,
    write,
    read: (name) => readFileSync(path(name), "utf8"),
    revisions: versions,
    revision(slug) {
      const found = versions().filter((name) => name.includes(slug));
      if (found.length !== 1) throw new Error(`${found.length} revision files of '${slug}'`);
      return path("migrations/versions", found[0]!);
    },
    async run(args, given = {}) {
      let stdout = "";
      let stderr = "";
      const exitCode = await runCli(args, {
        cwd: given.cwd ?? directory,
        env: given.env ?? {},
        stdout: { write: (text) => (stdout += text) },
        stderr: { write: (text) => (stderr += text) },
        onSignal: () => () => {},
      });
      return { exitCode, stdout, stderr, json: () => JSON.parse(stdout) };
    },
  };
}

/** A revision file with literal bodies. */
export function revisionText(revision: {
  readonly id: string;
  readonly down?: string | null;
  readonly message?: string;
  readonly upgrade?: string;
  readonly downgrade?: string;
  readonly extra?: string;
}): string {
  return `/**
 * ${revision.message ?? `revision ${revision.id}`}
 *
 * Revision ID: ${revision.id}
 * Revises: ${revision.down ?? "<base>"}
 * Create Date: 2026-01-02T03:04:05.000Z
 */
import { type Operations, type RevisionId, integer, sql, text, varchar } from "tsmigrate";

export const revision: RevisionId = "${revision.id}";
export const downRevision: RevisionId | readonly RevisionId[] | null = ${JSON.stringify(revision.down ?? null)};
export const branchLabels: readonly string[] | null = null;
export const dependsOn: RevisionId | readonly RevisionId[] | null = null;
${revision.extra ?? ""}
export async function upgrade(op: Operations): Promise<void> {
${revision.upgrade ?? ""}
}

export async function downgrade(op: Operations): Promise<void> {
${revision.downgrade ?? ""}
}
`;
}
