import type { CurrentResult, HistoryEntry } from "../../commands/read-history.js";
import { type CliCommand, flag, text } from "../command.js";
import { entryDocument, headLine, historyLine, longEntry } from "../entries.js";

export const current: CliCommand<CurrentResult> = {
  name: "current",
  summary: "show the revisions the database is at; never writes",
  arguments: [],
  options: [{ flags: "--check-heads", description: "exit with 1 unless the database is at all heads" }],
  examples: ["tsmigrate current", "tsmigrate current --check-heads --env production"],
  async run(host) {
    const environment = await host.environment();
    const { readCurrent } = await import("../../commands/read-history.js");
    return readCurrent(environment);
  },
  format: (result, style) => [
    ...result.entries.map((entry) => headLine({ ...entry, isCurrent: false }, style)),
    ...result.missing.map((id) => `${style.id(id)} ${style.bad("(no file declares it)")}`),
  ],
  json: (result) => ({ current: result.current, heads: result.heads, isAtHead: result.isAtHead }),
  exitCode: (result, input) => (flag(input, "checkHeads") && !result.isAtHead ? 1 : 0),
};

export const history: CliCommand<readonly HistoryEntry[]> = {
  name: "history",
  summary: "list the revisions, newest first",
  arguments: [],
  options: [
    {
      flags: "-r, --rev-range <a:b>",
      description: "only these, both ends included; a value that begins with - is glued: -r-2:current",
    },
    { flags: "-i, --indicate-current", description: "mark where the database is (opens a connection)" },
  ],
  examples: [
    "tsmigrate history",
    "tsmigrate history -r a1b2:head",
    "tsmigrate history -r billing@base:billing@head -i",
  ],
  async run(host, input) {
    const environment = await host.environment();
    const { readHistory } = await import("../../commands/read-history.js");
    return readHistory(environment, {
      range: text(input, "revRange"),
      indicateCurrent: flag(input, "indicateCurrent"),
    });
  },
  format: (entries, style) => entries.map((entry) => historyLine(entry, style)),
  json: revisionsDocument,
};

export const heads: CliCommand<readonly HistoryEntry[]> = {
  name: "heads",
  summary: "list the newest revisions, one a branch",
  arguments: [],
  options: [{ flags: "--resolve-dependencies", description: "leave out heads that another branch depends on" }],
  examples: ["tsmigrate heads"],
  async run(host, input) {
    const environment = await host.environment();
    const { readGraphHeads } = await import("../../commands/read-history.js");
    return readGraphHeads(environment, flag(input, "resolveDependencies"));
  },
  format: (entries, style) => entries.map((entry) => headLine(entry, style)),
  json: revisionsDocument,
};

export const branches: CliCommand<readonly HistoryEntry[]> = {
  name: "branches",
  summary: "list the revisions that more than one other stands on",
  arguments: [],
  options: [],
  examples: ["tsmigrate branches"],
  async run(host) {
    const environment = await host.environment();
    const { readBranches } = await import("../../commands/read-history.js");
    return readBranches(environment);
  },
  format: (entries, style) =>
    entries.flatMap((entry, at) => [
      ...(at === 0 ? [] : [""]),
      headLine(entry, style),
      ...entry.children.map((id) => `    -> ${style.id(id)}`),
    ]),
  json: (entries) => ({ revisions: entries.map((entry) => ({ ...entryDocument(entry), children: entry.children })) }),
};

export const show: CliCommand<readonly HistoryEntry[]> = {
  name: "show",
  summary: "show revisions in full",
  arguments: [{ usage: "<rev...>", description: "ids, head, current, label@head, …" }],
  options: [],
  examples: ["tsmigrate show head", "tsmigrate show a1b2 billing@head"],
  async run(host, input) {
    const environment = await host.environment();
    const { showRevisions } = await import("../../commands/read-history.js");
    return showRevisions(environment, input.args);
  },
  format: (entries, style) => entries.flatMap((entry) => longEntry(entry, style)).slice(0, -1),
  json: revisionsDocument,
};

function revisionsDocument(entries: readonly HistoryEntry[]): unknown {
  return { revisions: entries.map(entryDocument) };
}
