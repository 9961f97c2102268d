import type { CheckResult, StatusResult } from "../../commands/check.js";
import { printableLine } from "../../util/printable.js";
import { type CliCommand, flag, text } from "../command.js";
import { candidateFlags, candidateLines, candidatesJson } from "../rename-candidates.js";
import { operationLine } from "./diff.js";

const AUTOGENERATE = 'Run `tsmigrate revision --autogenerate -m "…"` to write them as a revision.';
const WORDS: Readonly<Record<CheckResult["compared"], { agree: string; differ: string; advice: string }>> = {
  database: {
    agree: "The models and the database agree.",
    differ: "The models and the database differ:",
    advice: AUTOGENERATE,
  },
  revisions: {
    agree: "The models and the revisions agree.",
    differ: "The models and what the revisions make differ:",
    advice: AUTOGENERATE,
  },
  drift: {
    agree: "The database is as its revisions made it.",
    differ: "The database was changed besides its revisions:",
    advice: "Take it back by hand, or write it as a revision and stamp it.",
  },
};

export const check: CliCommand<CheckResult> = {
  name: "check",
  summary: "is there anything that autogenerate would write? exit with 1 if so",
  arguments: [],
  options: [
    { flags: "--offline", description: "compare the models with what the revisions make, on a scratch database" },
    { flags: "--drift", description: "compare the database with what its revisions make: was it changed by hand?" },
    { flags: "--scratch <url>", description: "an empty database to try things out in (PostgreSQL; config: scratch)" },
  ],
  examples: ["tsmigrate check", "tsmigrate check --json", "tsmigrate check --offline", "tsmigrate check --drift"],
  async run(host, input) {
    const environment = await host.environment();
    const action = await import("../../commands/check.js");
    const [offline, drift] = [flag(input, "offline"), flag(input, "drift")];
    return action.check(environment, { offline, drift, scratch: text(input, "scratch") });
  },
  format(result, style) {
    const { agree, differ, advice } = WORDS[result.compared];
    const left = leftoverLines(result.leftovers);
    if (result.upToDate) return [agree, ...left];
    const { candidates } = result;
    const operations = result.operations.map((op) => `  ${operationLine(op, style)}`);
    return [differ, ...operations, ...candidateLines(candidates, style), ...adviceLines(candidates, advice), ...left];
  },
  json: ({ upToDate, operations, candidates, leftovers }) => ({
    upToDate,
    operations,
    ...candidatesJson(candidates),
    ...(leftovers.length === 0 ? {} : { leftovers }),
  }),
  fleet: {
    line: ({ operations }) =>
      operations.length === 0
        ? "agrees"
        : `differs: ${operations.map(({ description }) => printableLine(description)).join("; ")}`,
    changes: false,
  },
  exitCode: (result) => (result.upToDate ? 0 : 1),
};

function adviceLines(candidates: CheckResult["candidates"], advice: string): readonly string[] {
  if (candidates.length === 0) return [advice];
  const command = 'tsmigrate revision --autogenerate -m "…"';
  return [
    `Run \`${command} ${printableLine(candidateFlags(candidates))}\` to rename, or \`${command} --no-renames\` to drop and add.`,
  ];
}

function leftoverLines(leftovers: CheckResult["leftovers"]): readonly string[] {
  if (leftovers.length === 0) return [];
  return [
    "Left behind by work that was stopped:",
    ...leftovers.flatMap(({ text: what, command }) => [`  ${printableLine(what)}`, `    ${printableLine(command)}`]),
  ];
}

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
      `database     ${printableLine(result.database)} (${result.dialect} ${result.serverVersion})`,
      `current      ${ids(result.current, "base")}`,
      `heads        ${ids(result.heads, "none")}`,
      `pending      ${result.pending.length === 0 ? style.good("nothing") : `${result.pending.length}: ${ids(result.pending, "")}`}`,
      ...(result.edited.length === 0
        ? []
        : [
            `${style.bad("edited")}       ${ids(result.edited, "")} (after being applied; put it back, or \`tsmigrate accept-edit\`)`,
          ]),
      ...(result.outOfOrder.length === 0
        ? []
        : [
            `${style.bad("out of order")} ${ids(result.outOfOrder, "")} (below what is applied, so that nothing would ever run it)`,
          ]),
      ...(result.failed.length === 0
        ? []
        : [
            `${style.bad("unfinished")}   ${ids(result.failed, "")} (running, stopped or failed; see \`tsmigrate log\`)`,
          ]),
      ...(result.missing.length === 0
        ? []
        : [`${style.bad("missing")}      ${ids(result.missing, "")} (in the database, but no file declares it)`]),
    ];
  },
  fleet: {
    line: ({ current, pending, missing, edited, outOfOrder, failed }, style) =>
      [
        current.length === 0 ? "base" : current.map(style.id).join(", "),
        pending.length === 0 ? style.good("nothing pending") : `${pending.length} pending`,
        ...Object.entries({ missing, edited, "out of order": outOfOrder, failed }).flatMap(([what, ids]) =>
          ids.length === 0 ? [] : [style.bad(`${ids.length} ${what}`)],
        ),
      ].join(", "),
    changes: false,
  },
  json: ({ serverVersion: _version, ...result }) => result,
};
