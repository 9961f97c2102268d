/**
 * What the text of a virtual table of SQLite says of its rows, for the modules that keep some: full text searches and
 * R-Trees.
 *
 * @see https://www.sqlite.org/fts5.html, https://www.sqlite.org/fts3.html, https://www.sqlite.org/rtree.html
 */
import type { DefinitionDef, SchemaObjectDef } from "./objects.js";

export interface VirtualTable {
  readonly module: string;
  /** Those that hold values, in order. */
  readonly columns: readonly string[];
  /** What numbers its rows: the first column of an R-Tree, no column of the others. */
  readonly key: string;
  /** Whose values are searched: its own, another table's, or nobody's, where only the words are kept. */
  readonly content: "own" | "none" | { readonly table: string; readonly key: string };
  /** The shadow table, by what follows `<name>_`, and its column that tell which rows are indexed. */
  readonly indexed?: { readonly suffix: string; readonly key: string };
  /** The column that says the language of a row (FTS4). */
  readonly language?: string;
  /** Does each value have a locale beside it (FTS5)? */
  readonly locale?: true;
}

/** Null for one of a module that is not known here. */
export function readVirtualTable(definition: string): VirtualTable | null {
  const tokens = tokensOf(definition);
  const using = tokens.findIndex((token) => token.toLowerCase() === "using");
  const module = unquoted(tokens[using + 1] ?? "").toLowerCase();
  const args = using < 0 ? [] : argumentsOf(tokens.slice(using + 2));
  switch (module) {
    case "fts5":
      return readFts5(args);
    case "fts3":
    case "fts4":
      return readFts4(module, args);
    case "rtree":
    case "rtree_i32": {
      const columns = args.map((tokens) => unquoted(tokens[0] === "+" ? (tokens[1] ?? "") : (tokens[0] ?? "")));
      return columns.length < 3 ? null : { module, columns: columns.slice(1), key: columns[0]!, content: "own" };
    }
    case "geopoly":
      return {
        module,
        columns: ["_shape", ...args.map(([name]) => unquoted(name ?? ""))],
        key: "rowid",
        content: "own",
      };
    default:
      return null;
  }
}

export function isVirtualTable(object: SchemaObjectDef | undefined): object is DefinitionDef {
  return object?.kind === "definition" && object.type === "virtual table";
}

/** Can what it holds, or what it finds, be there after it became the other? */
export function survives(from: string, to: string): boolean {
  const [before, after] = [readVirtualTable(from), readVirtualTable(to)];
  if (before === null || after === null) return false;
  return before.content !== "none" || typeof after.content === "object";
}

/** Column of `to` → the column of `from` that its values come from. `renamed`: old name → new name. */
export function keptColumns(
  from: VirtualTable,
  to: VirtualTable,
  renamed: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, string> {
  const fold = (name: string) => name.toLowerCase();
  const newName = (name: string) => Object.entries(renamed).find(([old]) => fold(old) === fold(name))?.[1] ?? name;
  return new Map(
    to.columns.flatMap((column) => {
      const source = from.columns.find((old) => fold(newName(old)) === fold(column));
      return source === undefined ? [] : [[column, source] as const];
    }),
  );
}

/** What is gone for good when `from` becomes `to`, as a phrase, or null. */
export function lostWith(
  from: DefinitionDef,
  to: DefinitionDef,
  renamed?: Readonly<Record<string, string>>,
): string | null {
  const [before, after] = [readVirtualTable(from.definition), readVirtualTable(to.definition)];
  const all = `virtual table ${from.name} and all its rows`;
  if (before === null || after === null) return all;
  if (typeof before.content === "object") return null;
  if (before.content === "none") return typeof after.content === "object" ? null : all;
  if (after.content !== "own") return all;
  const kept = new Set(keptColumns(before, after, renamed).values());
  const lost = before.columns.filter((column) => !kept.has(column));
  return lost.length === 0 ? null : lost.map((column) => `${from.name}.${column}`).join(", ");
}

function readFts5(args: readonly (readonly string[])[]): VirtualTable | null {
  const { columns, options } = sorted(args, () => true);
  if (columns.length === 0) return null;
  return {
    module: "fts5",
    columns,
    key: "rowid",
    content: contentOf(options.get("content"), options.get("content_rowid") ?? "rowid"),
    ...(options.get("columnsize") === "0" ? {} : { indexed: { suffix: "docsize", key: "id" } }),
    ...(options.get("locale") === "1" ? { locale: true as const } : {}),
  };
}

/** FTS3 knows no option but the tokenizer. */
function readFts4(module: "fts3" | "fts4", args: readonly (readonly string[])[]): VirtualTable | null {
  const given = args.filter(([word = "", next]) => !(/^tokenize$/i.test(word) && next !== undefined));
  const { columns, options } = sorted(given, () => module === "fts4");
  const content = contentOf(options.get("content"), "rowid");
  // Without columns of its own it has those of the table whose values it searches.
  if (columns.length === 0 && content !== "own") return null;
  const language = options.get("languageid");
  return {
    module,
    columns: columns.length === 0 ? ["content"] : columns,
    key: "docid",
    content,
    ...(module === "fts3" || options.get("matchinfo") === "fts3"
      ? {}
      : { indexed: { suffix: "docsize", key: "docid" } }),
    ...(language === undefined ? {} : { language }),
  };
}

function contentOf(table: string | undefined, key: string): VirtualTable["content"] {
  if (table === undefined) return "own";
  return table === "" ? "none" : { table, key };
}

/** Columns, and `key = value`. */
function sorted(args: readonly (readonly string[])[], takes: (option: string) => boolean) {
  const isOption = (arg: readonly string[]) => arg[1] === "=" && takes(arg[0]!);
  const columns = args.filter((arg) => arg.length > 0 && !isOption(arg)).map(([name]) => unquoted(name!));
  const options = args.filter(isOption).map(([key, , value = ""]) => [key!.toLowerCase(), unquoted(value)] as const);
  return { columns, options: new Map(options) };
}

const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[\w$\u0080-\u{10ffff}]+|\S/gu;

function tokensOf(text: string): readonly string[] {
  return (text.match(TOKEN) ?? []).filter((token) => !/^(?:--|\/\*)/.test(token));
}

/** What stands between the outer parentheses, as SQLite tells one argument from the next. */
function argumentsOf(tokens: readonly string[]): readonly (readonly string[])[] {
  const args: string[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (token === ")" && --depth === 0) break;
    if (depth === 1 && token === ",") args.push([]);
    else if (depth > 0) args.at(-1)!.push(token);
    if (token === "(") depth++;
  }
  return args.filter((arg) => arg.length > 0);
}

function unquoted(token: string): string {
  const [first = ""] = token;
  if (first === "[") return token.slice(1, -1);
  if (!["'", '"', "`"].includes(first) || token.length < 2) return token;
  return token.slice(1, -1).replaceAll(first + first, first);
}

/** The name itself, of one that stands as SQL calls it. */
export function bareName(name: string): string {
  return unquoted(name);
}
