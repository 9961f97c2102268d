/** PostgreSQL's own programs: where they are, and how they reach the same database as we do. */
import { type ExecFileException, execFile } from "node:child_process";
import { dirname, join } from "node:path";
import { BackupFailedError } from "../../../errors.js";
import type { ClientSettings } from "./client-config.js";

/** What node-postgres made of URL and environment. */
export interface Reached {
  readonly host: string;
  readonly port: number;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  readonly password?: string | null | undefined;
}

const VERSION = /\(PostgreSQL\) (\d+)(?:\.(\d+))?/;
const LARGEST_OUTPUT = 64 * 1024 * 1024;

export interface Programs {
  readonly dump: string;
  readonly restore: string;
  readonly majorVersion: number;
}

/**
 * pg_dump of the variable PGDUMP, or of the PATH, and pg_restore beside it or of PGRESTORE.
 *
 * @throws BackupFailedError when it is missing or older than the server
 */
export async function findPrograms(env: NodeJS.ProcessEnv, serverMajor: number): Promise<Programs> {
  const dump = given(env.PGDUMP) ?? "pg_dump";
  const restore = given(env.PGRESTORE) ?? beside(dump);
  const found = await Promise.all([dump, restore].map((program) => versionOf(program)));
  const missing = found.indexOf(null);
  if (missing !== -1) {
    throw new BackupFailedError(
      `a backup needs ${missing === 0 ? "pg_dump" : "pg_restore"}, which is not there: '${[dump, restore][missing]}'`,
      { hint: "Install PostgreSQL's client programs, or name pg_dump with the environment variable PGDUMP." },
    );
  }
  const majorVersion = Math.min(found[0]!, found[1]!);
  if (majorVersion < serverMajor) {
    throw new BackupFailedError(
      `pg_dump is of version ${majorVersion}, and the server is ${serverMajor}: it would refuse`,
      {
        hint: `Name a pg_dump of version ${serverMajor} or newer with the environment variable PGDUMP.`,
      },
    );
  }
  return { dump, restore, majorVersion };
}

/**
 * The variables that make a program of PostgreSQL's connect as we do, and as safely. Nothing of it is ever an argument,
 * which every user of the machine could read.
 *
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 * @throws BackupFailedError for what only an argument could say
 */
export function programEnvironment(
  env: NodeJS.ProcessEnv,
  to: Reached,
  { sslMode, sslFiles, options }: Pick<ClientSettings, "sslMode" | "sslFiles" | "options">,
  majorVersion: number,
): NodeJS.ProcessEnv {
  if (sslFiles.sslpassword !== undefined) {
    throw new BackupFailedError("pg_dump cannot be told the passphrase of sslkey without showing it to everybody", {
      hint: "Use a key without a passphrase for the backup, or make it with pg_dump yourself.",
    });
  }
  const { PGSERVICE: _service, PGHOSTADDR: _address, PGSSLMODE: _mode, ...rest } = env;
  const modes = { disable: "disable", "no-verify": "require", "verify-ca": "verify-ca", "verify-full": "verify-full" };
  // Node trusts the authorities of the system by default; libpq must be asked to, and can be since 16.
  const root = sslFiles.sslrootcert ?? (sslMode.startsWith("verify") && majorVersion >= 16 ? "system" : undefined);
  return {
    ...rest,
    PGHOST: to.host,
    PGPORT: String(to.port),
    ...set("PGUSER", to.user),
    ...set("PGDATABASE", to.database),
    ...set("PGPASSWORD", to.password ?? undefined),
    ...set("PGOPTIONS", options),
    PGSSLMODE: to.host.startsWith("/") ? "disable" : modes[sslMode],
    ...set("PGSSLROOTCERT", root),
    ...set("PGSSLCERT", sslFiles.sslcert),
    ...set("PGSSLKEY", sslFiles.sslkey),
    PGAPPNAME: "tsmigrate backup",
  };
}

/** Runs a program without a shell. Rejects with what it wrote to stderr. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const settings = { ...options, maxBuffer: LARGEST_OUTPUT, windowsHide: true, killSignal: "SIGTERM" as const };
    execFile(program, [...args], settings, (error: ExecFileException | null, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (options.signal?.aborted) return reject(options.signal.reason);
      const said = stderr.trim().split("\n").at(-1);
      reject(Object.assign(new Error(said === undefined || said === "" ? error.message : said), { code: error.code }));
    });
  });
}

async function versionOf(program: string): Promise<number | null> {
  try {
    const found = VERSION.exec(await runProgram(program, ["--version"]));
    return found === null ? null : Number(found[1]);
  } catch {
    return null;
  }
}

function beside(dump: string): string {
  const folder = dirname(dump);
  const name = /\.exe$/i.test(dump) ? "pg_restore.exe" : "pg_restore";
  return /[\\/]/.test(dump) ? join(folder, name) : name;
}

function given(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === "" ? undefined : value;
}

function set(name: string, value: string | undefined): NodeJS.ProcessEnv {
  return value === undefined ? {} : { [name]: value };
}
