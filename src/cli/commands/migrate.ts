import type { MigrateResult } from "../../commands/migrate.js";
import type { Script } from "../../commands/write-script.js";
import { UsageError } from "../../errors.js";
import type { Direction } from "../../revisions/revision.js";
import type { TransactionMode } from "../../runtime/run-request.js";
import { printable } from "../../util/printable.js";
import { type CliCommand, type CommandHost, type CommandInput, type CommandOption, flag, text } from "../command.js";
import { LOCK_TIMEOUT, lockTimeoutOf } from "../lock-timeout.js";
import type { Style } from "../style.js";

const OPTIONS: readonly CommandOption[] = [
  { flags: "--sql", description: "print the script instead of running it; opens no connection" },
  { flags: "--tag <tag>", description: "any text, which revisions read as op.tag" },
  { flags: "--dry-run", description: "run everything in one transaction, take it back, and print the SQL" },
  {
    flags: "--backup [file]",
    description: "copy the database first (default: beside it, or <database>.<time>.dump here)",
  },
  LOCK_TIMEOUT,
  {
    flags: "--transaction <mode>",
    description: "one transaction per revision, one for all, or none",
    choices: ["per-revision", "all", "none"],
  },
];

export const upgrade: CliCommand<MigrateResult | Script> = {
  name: "upgrade",
  summary: "run revisions upward",
  arguments: [
    { usage: "[revision]", description: "where to go: an id, head, heads, +1, label@head, …", default: "head" },
  ],
  options: OPTIONS,
  examples: [
    "tsmigrate upgrade head",
    "tsmigrate upgrade +1",
    "tsmigrate upgrade billing@head --env production",
    "tsmigrate upgrade a1b2:head --sql > upgrade.sql",
    "tsmigrate upgrade a1b2,c3d4:heads --sql > upgrade.sql",
    "tsmigrate upgrade head --all --concurrency 8",
  ],
  run: (host, input) => run(host, input, "upgrade"),
  format: (result, style) => ("lines" in result ? result.lines : format(result, style)),
  json: (result) => ("lines" in result ? result.lines : json(result)),
  verbatim: (result) => ("lines" in result ? result.lines : null),
  fleet: { line: (result, style) => ("lines" in result ? "" : line(result, style)), changes: true },
};

export const downgrade: CliCommand<MigrateResult | Script> = {
  name: "downgrade",
  summary: "run revisions downward",
  arguments: [{ usage: "<revision>", description: "where to go back to: an id, base, -1, label@base, …" }],
  options: OPTIONS,
  examples: [
    "tsmigrate downgrade -1",
    "tsmigrate downgrade base",
    "tsmigrate downgrade billing@-1",
    "tsmigrate downgrade head:base --sql > downgrade.sql",
  ],
  run: (host, input) => run(host, input, "downgrade"),
  format: (result, style) => ("lines" in result ? result.lines : format(result, style)),
  json: (result) => ("lines" in result ? result.lines : json(result)),
  verbatim: (result) => ("lines" in result ? result.lines : null),
  fleet: { line: (result, style) => ("lines" in result ? "" : line(result, style)), changes: true },
};

async function run(host: CommandHost, input: CommandInput, direction: Direction): Promise<MigrateResult | Script> {
  const lockTimeoutMilliseconds = lockTimeoutOf(input);
  const transaction = text(input, "transaction") as TransactionMode | undefined;
  const tag = text(input, "tag");
  const isScript = flag(input, "sql");
  if (isScript && flag(input, "dryRun")) {
    throw new UsageError("--sql only writes a script and --dry-run runs it: they exclude each other", {
      hint: "Leave one of them out; `--dry-run` prints its SQL too.",
    });
  }
  const backup = backupOption(input);
  if (backup !== undefined && (isScript || flag(input, "dryRun"))) {
    throw new UsageError(`--backup has nothing to save: ${isScript ? "--sql" : "--dry-run"} changes no database`, {
      hint: "Leave --backup out.",
    });
  }
  const environment = await host.environment();
  if (isScript) {
    const { writeMigrationScript } = await import("../../commands/write-script.js");
    return writeMigrationScript(environment, { direction, range: input.args[0]!, transaction, tag });
  }
  const { migrate } = await import("../../commands/migrate.js");
  return migrate(environment, {
    direction,
    target: input.args[0]!,
    dryRun: flag(input, "dryRun"),
    transaction,
    lockTimeoutMilliseconds,
    backup,
    tag,
  });
}

/** `--backup` alone gives null. A word behind it that looks like a revision was meant to be one. */
function backupOption(input: CommandInput): string | null | undefined {
  if (flag(input, "backup")) return null;
  const file = text(input, "backup");
  if (file === undefined || /[./\\]/.test(file)) return file;
  throw new UsageError(`--backup takes '${file}' behind it for the name of a file`, {
    hint: `Put the revision first, as in \`tsmigrate upgrade ${file} --backup\`, or write \`--backup ./${file}\`.`,
  });
}

function format(result: MigrateResult, style: Style): readonly string[] {
  const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
  if (result.steps.length === 0) {
    return [
      result.isAtHead && result.to.length > 0
        ? `Already at head (${place(result.to)}).`
        : `Nothing to do: the database is at ${place(result.to)}.`,
    ];
  }
  const count = `${result.steps.length} ${result.steps.length === 1 ? "revision" : "revisions"}`;
  const total = result.steps.reduce((sum, step) => sum + step.milliseconds, 0);
  if (result.dryRun) {
    return [
      ...result.statements.map(({ sql, milliseconds: took }) =>
        took === null
          ? style.faint(`-- not run, since it cannot be taken back:\n${commented(`${printable(sql)};`)}`)
          : `${printable(sql)}; ${style.faint(`-- ${Math.round(took)} ms`)}`,
      ),
      style.faint(`-- dry run of ${count}: everything was taken back, the database is at ${place(result.from)}.`),
    ];
  }
  return [
    `${result.direction === "upgrade" ? "Upgraded" : "Downgraded"} to ${place(result.to)} (${count}, ${total} ms).`,
  ];
}

function commented(sql: string): string {
  return sql.replace(/^/gm, "-- ");
}

function dryRunDocument(statements: MigrateResult["statements"]): Record<string, unknown> {
  const ran = statements.filter((statement) => statement.milliseconds !== null);
  return {
    sql: ran.map(({ sql }) => sql),
    sqlMilliseconds: ran.map((statement) => Math.round(statement.milliseconds!)),
    notRun: statements.filter((statement) => statement.milliseconds === null).map(({ sql }) => sql),
  };
}

/** `aaaa -> bbbb (2 revisions)`. */
function line(result: MigrateResult, style: Style): string {
  const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
  const backup = typeof result.backup === "string" ? `, backup ${printable(result.backup)}` : "";
  if (result.steps.length === 0)
    return `${result.isAtHead ? "already at head" : "nothing to do"} (${place(result.to)})`;
  const count = `${result.steps.length} ${result.steps.length === 1 ? "revision" : "revisions"}`;
  if (result.dryRun) return `${count}, taken back, still at ${place(result.from)}`;
  return `${place(result.from)} -> ${place(result.to)} (${count}${backup})`;
}

function json(result: MigrateResult): unknown {
  return {
    direction: result.direction,
    from: result.from,
    to: result.to,
    steps: result.steps.map(({ step, milliseconds: duration }) => ({
      revision: step.revision.id,
      direction: step.direction,
      message: step.revision.message,
      milliseconds: duration,
    })),
    ...(result.dryRun ? dryRunDocument(result.statements) : {}),
    ...(result.backup === undefined ? {} : { backup: result.backup }),
  };
}
