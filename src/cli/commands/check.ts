import type { CheckResult, StatusResult } from "../../commands/check.js";
import { printable } from "../../util/printable.js";
import type { CliCommand } from "../command.js";

export const check: CliCommand<CheckResult> = {
  name: "check",
  summary: "is there anything that autogenerate would write? exit with 1 if so",
  arguments: [],
  options: [],
  examples: ["tsmigrate check", "tsmigrate check --json"],
  async run(host) {
    const environment = await host.environment();
    const action = await import("../../commands/check.js");
    return action.check(environment);
  },
  format: (result, style) =>
    result.upToDate
      ? ["The models and the database agree."]
      : [
          "The models and the database differ:",
          ...result.operations.map(
            (op) =>
              `  ${op.destructive ? style.bad("!") : style.good("+")} ${printable(op.description)}${op.destructive ? style.bad(" (destroys data)") : ""}`,
          ),
          'Run `tsmigrate revision --autogenerate -m "…"` to write them as a revision.',
        ],
  json: ({ upToDate, operations }) => ({ upToDate, operations }),
  exitCode: (result) => (result.upToDate ? 0 : 1),
};

export const status: CliCommand<StatusResult> = {
  name: "status",
  summary: "where the database is and what is pending, on one screen",
  arguments: [],
  options: [],
  examples: ["tsmigrate status", "tsmigrate status --env production --json"],
  async run(host) {
    const environment = await host.environment();
    const action = await import("../../commands/check.js");
    return action.status(environment);
  },
  format(result, style) {
    const ids = (list: readonly string[], none: string) =>
      list.length === 0 ? style.faint(none) : list.map(style.id).join(", ");
    return [
      `environment  ${result.environment ?? style.faint("(default)")}`,
      `database     ${printable(result.database)} (${result.dialect} ${result.serverVersion})`,
      `current      ${ids(result.current, "base")}`,
      `heads        ${ids(result.heads, "none")}`,
      `pending      ${result.pending.length === 0 ? style.good("nothing") : `${result.pending.length}: ${ids(result.pending, "")}`}`,
      ...(result.missing.length === 0
        ? []
        : [`${style.bad("missing")}      ${ids(result.missing, "")} (in the database, but no file declares it)`]),
    ];
  },
  json: ({ serverVersion: _version, ...result }) => ({ ...result, edited: [], failed: [] }),
};
