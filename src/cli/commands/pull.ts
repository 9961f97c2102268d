import type { PullResult } from "../../commands/pull.js";
import { printableLine } from "../../util/printable.js";
import { type CliCommand, flag, text, texts } from "../command.js";
import { shown } from "./revision.js";

interface ShownPull extends PullResult {
  readonly isCheck: boolean;
}

export const pull: CliCommand<ShownPull> = {
  name: "pull",
  asksOne: true,
  summary: "write the models of an existing database, a baseline revision, and stamp the database with it",
  arguments: [],
  options: [
    { flags: "--out <file>", description: "the models module to write (default: the config's models)" },
    { flags: "--schema <name>", description: "only this schema (PostgreSQL, repeatable)", repeatable: true },
    { flags: "--table <name>", description: "only this table and what it needs (repeatable)", repeatable: true },
    { flags: "--include-grants", description: "who may do what as well (PostgreSQL); the roles have to be there" },
    { flags: "--include-owners", description: "whose everything is as well (PostgreSQL)" },
    { flags: "--no-baseline", description: "write the models only" },
    { flags: "--check", description: "write nothing: do the models make the same database? exit with 1 if not" },
    { flags: "--force", description: "overwrite models that are there" },
    { flags: "--scratch <url>", description: "an empty database to try things out in (PostgreSQL; config: scratch)" },
  ],
  examples: [
    "tsmigrate pull",
    "tsmigrate pull --url postgres://localhost/shop --out src/models.ts",
    "tsmigrate pull --schema billing --schema public",
    "tsmigrate pull --check",
  ],
  async run(host, input) {
    const environment = await host.environment();
    const action = await import("../../commands/pull.js");
    const isCheck = flag(input, "check");
    const result = await action.pull(environment, {
      out: text(input, "out"),
      schemas: texts(input, "schema"),
      tables: texts(input, "table"),
      privileges: { grants: flag(input, "includeGrants"), owners: flag(input, "includeOwners") },
      baseline: input.options.baseline !== false,
      check: isCheck,
      force: flag(input, "force"),
      scratch: text(input, "scratch"),
    });
    for (const note of result.notes) host.warn(note);
    const path = (file: string) => shown(file, host.cwd);
    return {
      ...result,
      isCheck,
      models: path(result.models),
      files: result.files.map(path),
      baselinePath: result.baselinePath === null ? null : path(result.baselinePath),
    };
  },
  format(result, style) {
    const { files, baseline, baselinePath, notReproduced, isCheck } = result;
    const count = `${result.tables} table${result.tables === 1 ? "" : "s"}, ${result.objects} other object${result.objects === 1 ? "" : "s"}`;
    const missing = [
      ...(notReproduced.length === 0 ? [] : ["Not reproduced:"]),
      ...notReproduced.map((line) => `  ${style.bad("!")} ${printableLine(line)}`),
    ];
    if (isCheck) {
      if (notReproduced.length === 0) return [`The models make the same database: ${count}.`];
      return [`The models do not make the same database (${count}).`, ...missing];
    }
    return [
      ...files,
      ...(baselinePath === null ? [] : [baselinePath]),
      `Pulled ${count}.`,
      ...(baseline === null ? [] : [`The database is stamped with ${style.id(baseline)}.`]),
      ...missing,
      ...namingLines(result.naming),
    ];
  },
  json: ({ models, baseline, tables, objects, notReproduced, naming }) => ({
    models,
    baseline,
    tables,
    objects,
    notReproduced,
    namingConvention: naming?.rules ?? null,
  }),
  exitCode: (result) => (result.isCheck && result.notReproduced.length > 0 ? 1 : 0),
};

/** What to put into the config, as it stands there. */
function namingLines(naming: PullResult["naming"]): readonly string[] {
  if (naming === null) return [];
  const { rules, names } = naming;
  return [
    `${names} ${names === 1 ? "name follows" : "names follow"} rules that the config does not have. With these in it, \`tsmigrate pull --force --no-baseline\` leaves ${names === 1 ? "it" : "them"} out of the models:`,
    "  namingConvention: {",
    ...Object.entries(rules).map(([kind, rule]) => `    ${kind}: ${JSON.stringify(rule)},`),
    "  },",
  ];
}
