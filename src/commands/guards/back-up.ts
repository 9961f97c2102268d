/** `--backup`: a copy of the database before the first step, or nothing is run. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import type { BackupRequest, Connection } from "../../dialects/dialect.js";
import { BackupFailedError } from "../../errors.js";
import type { Environment } from "../environment/environment.js";

/** `file` as it was given; null: the dialect names it. Gives the path of the backup. */
export async function backUp(environment: Environment, connection: Connection, file: string | null): Promise<string> {
  if (connection.backup === undefined) {
    throw new BackupFailedError(`no backup can be made of ${connection.description}`, {
      hint: "Nothing was run. Make the backup yourself, and leave --backup out.",
    });
  }
  const started = environment.now();
  const made = await connection.backup({
    ...place(environment, file),
    stamp: [...targetPart(environment), stampOf(environment.today())].join("."),
    ...(environment.options.target?.schema === undefined ? {} : { schema: environment.options.target.schema }),
    onProgress: (progress) => environment.emit({ type: "progress", ...progress }),
    signal: environment.options.signal,
  });
  environment.emit({ type: "backupMade", file: made, milliseconds: Math.round(environment.now() - started) });
  return made;
}

/** A folder that is there holds the backup under a name of its own. */
function place({ options }: Environment, given: string | null): Pick<BackupRequest, "file" | "folder" | "cwd"> {
  const { cwd, target } = options;
  if (given === null) return { cwd };
  const path = resolve(cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { folder: path, cwd };
  if (!/[\\/]$/.test(given) && target === undefined) return { file: path, cwd };
  throw new BackupFailedError(`the folder '${given}' for the backup does not exist`, {
    hint: `Nothing was run. Run \`mkdir -p '${path}'\`.`,
  });
}

/** In one folder the names of many targets have to differ. */
function targetPart({ options }: Environment): readonly string[] {
  return options.target === undefined ? [] : [options.target.name.replace(/[^\w-]+/g, "_")];
}

/** `20261126-214634`, in UTC. */
function stampOf(date: Date): string {
  return date.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
}
