import type { StampResult } from "../../commands/stamp.js";
import { type CliCommand, flag } from "../command.js";

export const stamp: CliCommand<StampResult> = {
  name: "stamp",
  summary: "set the version table without running anything",
  arguments: [{ usage: "<rev...>", description: "where the database is to count as being: head, an id, base, …" }],
  options: [{ flags: "--purge", description: "delete every row first, whatever it holds" }],
  examples: ["tsmigrate stamp head", "tsmigrate stamp a1b2 billing@head", "tsmigrate stamp base"],
  async run(host, input) {
    const environment = await host.environment();
    const action = await import("../../commands/stamp.js");
    return action.stamp(environment, input.args, { purge: flag(input, "purge") });
  },
  format: (result, style) => {
    const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
    return [`Stamped ${place(result.from)} -> ${place(result.to)}.`];
  },
  json: ({ from, to }) => ({ from, to }),
};

export const ensureVersion: CliCommand<{ readonly table: string; readonly created: boolean }> = {
  name: "ensure-version",
  summary: "create the version table if it is missing",
  arguments: [],
  options: [],
  examples: ["tsmigrate ensure-version"],
  async run(host) {
    const environment = await host.environment();
    const action = await import("../../commands/stamp.js");
    return action.ensureVersion(environment);
  },
  format: (result) => [result.created ? `Created ${result.table}.` : `${result.table} is there already.`],
  json: (result) => result,
};
