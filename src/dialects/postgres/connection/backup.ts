/** A dump of a database by pg_dump, in its custom format. */
import { closeSync, existsSync, openSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { BackupFailedError } from "../../../errors.js";
import { publishFile, unfinishedName } from "../../../util/new-file.js";
import { quoteName } from "../../../util/quote.js";
import type { BackupRequest } from "../../dialect.js";
import type { ClientSettings } from "./client-config.js";
import { findPrograms, programEnvironment, type Reached, runProgram } from "./programs.js";
import type { ServerFacts } from "./server-facts.js";

export interface DumpSource {
  readonly reached: Reached;
  readonly settings: ClientSettings;
}

const LOOK_MILLISECONDS = 200;

/** Gives the path of the dump. @throws BackupFailedError, and what `request.signal` was aborted with */
export async function dumpDatabase(
  source: DumpSource | undefined,
  facts: ServerFacts,
  request: BackupRequest,
): Promise<string> {
  if (source === undefined) {
    throw new BackupFailedError("pg_dump needs a URL, and this connection is the application's own", {
      hint: "Nothing was run. Pass --url, or make the backup yourself and leave --backup out.",
    });
  }
  if (facts.isPooled) {
    throw new BackupFailedError("pg_dump cannot work through a pooler", {
      hint: "Nothing was run. Set `directUrl` in the config to the database itself.",
    });
  }
  const programs = await findPrograms(process.env, Math.floor(facts.versionNumber / 10_000));
  const env = programEnvironment(process.env, source.reached, source.settings, programs.majorVersion);
  const file = request.file ?? defaultName(source, request);
  if (existsSync(file)) throw exists(file);
  const unfinished = unfinishedName(file);
  const stopWatching = watchSize(unfinished, request);
  try {
    // A dump holds all there is, so nobody else may read it.
    closeSync(openSync(unfinished, "wx", 0o600));
    const part = request.schema === undefined ? [] : [`--schema=${quoteName(request.schema)}`];
    const args = ["--format=custom", "--no-password", `--file=${unfinished}`, ...part];
    await runProgram(programs.dump, args, { env, signal: request.signal });
    const list = await runProgram(programs.restore, ["--list", unfinished], { signal: request.signal });
    if (!/^;\s+Format: CUSTOM$/m.test(list)) throw new Error("pg_restore cannot read what pg_dump wrote");
    if (!publishFile(unfinished, file)) throw exists(file);
    return file;
  } catch (error) {
    if (error instanceof BackupFailedError || request.signal?.aborted) throw error;
    throw new BackupFailedError(`the backup '${file}' could not be made: ${(error as Error).message}`, {
      cause: error,
      hint: "Nothing was run. Correct what pg_dump says, or leave --backup out.",
    });
  } finally {
    stopWatching();
    rmSync(unfinished, { force: true });
  }
}

function defaultName({ reached }: DumpSource, { folder, cwd, stamp, schema }: BackupRequest): string {
  const name = [reached.database ?? "database", ...(schema === undefined ? [] : [schema])].join(".");
  return join(folder ?? cwd, `${name.replace(/[^\w.-]/g, "_")}.${stamp}.dump`);
}

/** pg_dump does not say how far it is, but its file grows. */
function watchSize(file: string, { onProgress }: BackupRequest): () => void {
  const timer = setInterval(() => {
    const size = statSync(file, { throwIfNoEntry: false })?.size;
    if (size !== undefined) onProgress({ text: "backing up", done: size, unit: "bytes" });
  }, LOOK_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
}

function exists(file: string): BackupFailedError {
  return new BackupFailedError(`the backup would overwrite '${file}'`, {
    hint: "Nothing was run. Name another file after --backup.",
  });
}
