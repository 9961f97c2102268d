import type { StampResult } from "../../commands/stamp.js";
import type { Script } from "../../commands/write-script.js";
import { type CliCommand, flag } from "../command.js";
import { LOCK_TIMEOUT, lockTimeoutOf } from "../lock-timeout.js";

const SQL = { flags: "--sql", description: "print the script instead of running it; opens no connection" } as const;

export const stamp: CliCommand<StampResult | Script> = {
  name: "stamp",
  summary: "set the version table without running anything",
  arguments: [{ usage: "<rev...>", description: "where the database is to count as being: head, an id, base, …" }],
  options: [
    { flags: "--purge", description: "delete every row first, whatever it holds" },
    LOCK_TIMEOUT,
    SQL,
    { flags: "--tag <tag>", description: "any text; taken for the sake of scripts written for other tools" },
  ],
  examples: [
    "tsmigrate stamp head",
    "tsmigrate stamp a1b2 billing@head",
    "tsmigrate stamp base",
    "tsmigrate stamp a1b2:head --sql",
  ],
  async run(host, input) {
    const environment = await host.environment();
    if (flag(input, "sql")) {
      const { writeStampScript } = await import("../../commands/write-script.js");
      return writeStampScript(environment, input.args, { purge: flag(input, "purge") });
    }
    const action = await import("../../commands/stamp.js");
    return action.stamp(environment, input.args, {
      purge: flag(input, "purge"),
      lockTimeoutMilliseconds: lockTimeoutOf(input),
    });
  },
  verbatim,
  format: (result, style) => {
    if ("lines" in result) return result.lines;
    const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
    return [`Stamped ${place(result.from)} -> ${place(result.to)}.`];
  },
  fleet: {
    line(result, style) {
      if ("lines" in result) return "";
      const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
      return `${place(result.from)} -> ${place(result.to)}`;
    },
    changes: true,
  },
  json: (result) => ("lines" in result ? result.lines : { from: result.from, to: result.to }),
};

interface Ensured {
  readonly table: string;
  readonly created: boolean;
}

export const ensureVersion: CliCommand<Ensured | Script> = {
  name: "ensure-version",
  asksOne: true,
  summary: "create the version table if it is missing",
  arguments: [],
  options: [SQL],
  examples: ["tsmigrate ensure-version", "tsmigrate ensure-version --sql"],
  async run(host, input) {
    const environment = await host.environment();
    if (flag(input, "sql")) {
      const { writeEnsureVersionScript } = await import("../../commands/write-script.js");
      return writeEnsureVersionScript(environment);
    }
    const action = await import("../../commands/stamp.js");
    return action.ensureVersion(environment);
  },
  verbatim,
  format: (result) =>
    "lines" in result
      ? result.lines
      : [result.created ? `Created ${result.table}.` : `${result.table} is there already.`],
  json: (result) => result,
};

function verbatim(result: object | Script): readonly string[] | null {
  return "lines" in result ? result.lines : null;
}
