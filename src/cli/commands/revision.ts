import { relative } from "node:path";
import type { CreateRevisionResult } from "../../commands/files/write-revision.js";
import { printableLine } from "../../util/printable.js";
import { type CliCommand, flag, text, texts } from "../command.js";
import type { Style } from "../style.js";

export const revision: CliCommand<CreateRevisionResult> = {
  name: "revision",
  asksOne: true,
  summary: "write a new revision file, empty or with what changed in the models",
  arguments: [],
  options: [
    { flags: "-m, --message <text>", description: "what it does, in a few words" },
    {
      flags: "--autogenerate",
      description: "compare the models with the database and write the difference, both ways",
    },
    {
      flags: "--rename <old:new>",
      description: "a rename: table.old:new, old_table:new_table, enum.old:new (repeatable)",
      repeatable: true,
    },
    { flags: "--no-renames", description: "what else looks like a rename is a drop and an add" },
    { flags: "--empty", description: "write a file even if nothing changed" },
    { flags: "--head <rev>", description: "the revision to stand on (default: the head)" },
    { flags: "--splice", description: "allow --head to be no head: a new branch begins there" },
    {
      flags: "--branch-label <label>",
      description: "label of the branch that begins here (repeatable)",
      repeatable: true,
    },
    {
      flags: "--depends-on <rev>",
      description: "a revision that must be applied first (repeatable)",
      repeatable: true,
    },
    { flags: "--version-path <dir>", description: "one of the version locations" },
    { flags: "--rev-id <id>", description: "the id, instead of a random one" },
  ],
  examples: [
    'tsmigrate revision --autogenerate -m "add user roles table"',
    'tsmigrate revision --autogenerate -m "rename" --rename users.fullname:full_name --rename people:persons',
    'tsmigrate revision -m "add default admin user"',
    'tsmigrate revision -m "begin a branch" --head a1b2 --splice --branch-label billing',
    'tsmigrate revision -m "go on with it" --head billing@head --depends-on users@head',
    'tsmigrate revision -m "begin another history" --head base --version-path plugins/versions --branch-label plugin',
  ],
  async run(host, input) {
    const environment = await host.environment();
    const { createRevision } = await import("../../commands/create-revision.js");
    const result = await createRevision(environment, {
      message: text(input, "message"),
      autogenerate: flag(input, "autogenerate"),
      empty: flag(input, "empty"),
      renames: texts(input, "rename"),
      noRenames: input.options.renames === false,
      head: text(input, "head"),
      splice: flag(input, "splice"),
      branchLabels: texts(input, "branchLabel"),
      dependsOn: texts(input, "dependsOn"),
      versionPath: text(input, "versionPath"),
      id: text(input, "revId"),
    });
    for (const warning of result.warnings) host.warn(warning);
    return { ...result, path: result.path === null ? null : shown(result.path, host.cwd) };
  },
  format,
  json,
};

/** Joins branches. */
export const merge: CliCommand<CreateRevisionResult> = {
  name: "merge",
  asksOne: true,
  summary: "write a revision that joins branches",
  arguments: [{ usage: "<rev...>", description: "the revisions to join: ids, heads, label@head, …" }],
  options: [
    { flags: "-m, --message <text>", description: "what it joins, in a few words" },
    {
      flags: "--branch-label <label>",
      description: "label of the branch that begins here (repeatable)",
      repeatable: true,
    },
    { flags: "--rev-id <id>", description: "the id, instead of a random one" },
    { flags: "--splice", description: "allow revisions that are no heads" },
  ],
  examples: [
    'tsmigrate merge heads -m "merge billing and users"',
    'tsmigrate merge billing@head users@head -m "merge" --branch-label all',
    'tsmigrate merge a1b2 c3d4 -m "merge" --splice',
  ],
  async run(host, input) {
    const environment = await host.environment();
    const { createMerge } = await import("../../commands/create-merge.js");
    const result = await createMerge(environment, {
      revisions: input.args,
      message: text(input, "message"),
      branchLabels: texts(input, "branchLabel"),
      id: text(input, "revId"),
      splice: flag(input, "splice"),
    });
    for (const warning of result.warnings) host.warn(warning);
    return { ...result, path: result.path === null ? null : shown(result.path, host.cwd) };
  },
  format,
  json,
};

function format(result: CreateRevisionResult, style: Style): readonly string[] {
  if (result.revision === null) return ["No changes: the models and the database agree. No revision was written."];
  return [
    result.path ?? "",
    ...result.operations.map(
      (op) =>
        `  ${op.destructive ? style.bad("!") : style.good("+")} ${printableLine(op.description)}${op.destructive ? style.bad(" (destroys data)") : ""}`,
    ),
  ];
}

function json(result: CreateRevisionResult): unknown {
  if (result.revision === null) return { revision: null, operations: [] };
  const { revision: id, downRevision, path, message, operations, warnings } = result;
  return { revision: id, downRevision, path, message, operations, warnings };
}

export function shown(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  return inside.startsWith("..") ? path : inside;
}
