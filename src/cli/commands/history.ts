import type { CurrentResult, HistoryResult } from "../../commands/read-history.js";
import {
  branchPointLines,
  currentLine,
  graphLine,
  headLine,
  historyLine,
  revisionEntry,
} from "../../revisions/describe-revision.js";
import { drawGraph } from "../../revisions/draw-graph.js";
import type { RevisionGraph } from "../../revisions/revision-graph.js";
import { printable } from "../../util/printable.js";
import { type CliCommand, type CommandInput, flag, text } from "../command.js";
import { entryDocument, paintLine, revisionsDocument } from "../entries.js";
import type { Style } from "../style.js";

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
  format: (result, style, input) => [
    ...result.current
      .filter((id) => !result.missing.includes(id))
      .flatMap((id, at) =>
        input.verbose
          ? entryLines(result.graph, id, at, result.current)
          : [paintLine(currentLine(result.graph, id), style)],
      ),
    ...result.missing.map((id) => `${style.id(id)} ${style.bad("(no file declares it)")}`),
  ],
  json: (result) => ({ current: result.current, heads: result.heads, isAtHead: result.isAtHead }),
  fleet: {
    line: ({ graph, current: ids, missing }, style) =>
      ids.length === 0
        ? "base"
        : ids.map((id) => (missing.includes(id) ? style.bad(id) : paintLine(currentLine(graph, id), style))).join("; "),
    changes: false,
  },
  exitCode: (result, input) => (flag(input, "checkHeads") && !result.isAtHead ? 1 : 0),
};

export const history: CliCommand<HistoryResult> = {
  name: "history",
  asksOne: true,
  summary: "list the revisions, newest first",
  arguments: [],
  options: [
    {
      flags: "-r, --rev-range <a:b>",
      description: "only these, both ends included; a value that begins with - is glued: -r-2:current",
    },
    { flags: "-i, --indicate-current", description: "mark where the database is (opens a connection)" },
    {
      flags: "--graph",
      description: "draw it, a column for each branch; with -i, @ is where the database is and o not applied",
    },
  ],
  examples: [
    "tsmigrate history",
    "tsmigrate history --graph -i",
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
  format: (result, style, input) =>
    flag(input, "graph")
      ? drawnLines(result, style)
      : (fullEntries(result, input) ??
        result.entries.map((entry) => paintLine(historyLine(result.graph, entry.revision, result.current), style))),
  json: revisionsDocument,
};

function drawnLines({ graph, entries, current: marked }: HistoryResult, style: Style): readonly string[] {
  const ids = entries.map((entry) => entry.revision);
  return drawGraph(graph, ids, marked).map(({ pieces, id }) => {
    const drawn = pieces
      .map((piece) => (piece.lane === null ? piece.text : style.lane(piece.lane, piece.text)))
      .join("");
    return id === null ? drawn.trimEnd() : `${drawn} ${paintLine(graphLine(graph, id, marked), style)}`;
  });
}

export const heads: CliCommand<HistoryResult> = {
  name: "heads",
  summary: "list the newest revisions, one a branch",
  arguments: [],
  options: [
    { flags: "--resolve-dependencies", description: "leave out heads that another branch depends on" },
    { flags: "--write", description: "write the heads files anew, which `check` compares with the history" },
  ],
  examples: ["tsmigrate heads", "tsmigrate heads --resolve-dependencies", "tsmigrate heads --write"],
  async run(host, input) {
    const environment = await host.environment();
    const { readGraphHeads, renewHeadsFiles } = await import("../../commands/read-history.js");
    if (flag(input, "write")) await renewHeadsFiles(environment);
    return readGraphHeads(environment, flag(input, "resolveDependencies"));
  },
  format: (result, style, input) =>
    fullEntries(result, input) ??
    result.entries.map((entry) => paintLine(headLine(result.graph, entry.revision), style)),
  json: revisionsDocument,
};

export const branches: CliCommand<HistoryResult> = {
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
  format: (result, style, input) =>
    fullEntries(result, input) ??
    result.entries.flatMap((entry, at) => [
      ...(at === 0 ? [] : [""]),
      ...branchPointLines(result.graph, entry.revision).map((line) => paintLine(line, style)),
    ]),
  json: ({ entries }) => ({
    revisions: entries.map((entry) => ({ ...entryDocument(entry), children: entry.children })),
  }),
};

/** With `--verbose`, revisions in full as `show` has them. */
function fullEntries(
  { graph, entries, current: marked }: HistoryResult,
  input: CommandInput,
): readonly string[] | null {
  if (!input.verbose) return null;
  return entries.flatMap((entry, at) => entryLines(graph, entry.revision, at, marked));
}

/** An empty line stands between two. */
function entryLines(
  graph: RevisionGraph,
  id: string,
  at: number,
  marked: readonly string[] | undefined,
): readonly string[] {
  return [...(at === 0 ? [] : [""]), ...printable(revisionEntry(graph, id, marked)).split("\n")];
}

interface ShowResult extends HistoryResult {
  /** Statements of the upgrade, by revision. */
  readonly sql?: ReadonlyMap<string, readonly string[]>;
}

export const show: CliCommand<ShowResult> = {
  name: "show",
  asksOne: true,
  summary: "show revisions in full",
  arguments: [{ usage: "<rev...>", description: "ids, head, current, label@head, …" }],
  options: [{ flags: "--sql", description: "with the statements of its upgrade; opens no connection for them" }],
  examples: ["tsmigrate show head", "tsmigrate show a1b2 billing@head", "tsmigrate show head --sql"],
  async run(host, input) {
    const environment = await host.environment();
    const { showRevisions } = await import("../../commands/read-history.js");
    const shown = await showRevisions(environment, input.args);
    if (!flag(input, "sql")) return shown;
    const { writeRevisionStatements } = await import("../../commands/write-script.js");
    const sql = new Map<string, readonly string[]>();
    for (const { revision } of shown.entries) {
      sql.set(revision, await writeRevisionStatements(environment, shown.graph, revision));
    }
    return { ...shown, sql };
  },
  format: ({ graph, entries, current: marked, sql }) =>
    entries.flatMap((entry, at) => [
      ...entryLines(graph, entry.revision, at, marked),
      ...(sql === undefined ? [] : ["", ...sql.get(entry.revision)!.map((text) => `${printable(text)};`)]),
    ]),
  json: ({ sql, ...shown }) => ({
    revisions: shown.entries.map((entry) => ({
      ...entryDocument(entry),
      ...(sql === undefined ? {} : { sql: sql.get(entry.revision) }),
    })),
  }),
};
