/** The tables in which virtual tables keep their data: those are nobody's to change. */
import type { Connection } from "../../dialect.js";
import { identifierOf, tokenize } from "../text/sql-tokenizer.js";
import { isAtLeast } from "../text/version.js";
import type { StoredObject } from "./live-facts.js";
import { isVirtual } from "./probes.js";

const FTS4 = /^(?:content|segments|segdir|docsize|stat)$/;
const RTREE = /^(?:node|parent|rowid)$/;

/** What stands behind `<virtual table>_`, by the module's name. */
const SUFFIXES: Readonly<Record<string, RegExp>> = {
  fts3: FTS4,
  fts4: FTS4,
  fts5: /^(?:data|idx|content|docsize|config)$/,
  rtree: RTREE,
  rtree_i32: RTREE,
  geopoly: RTREE,
  spellfix1: /^vocab$/,
  vec0: /^(?:chunks|rowids|info|auxiliary|(?:vector_chunks|metadatachunks|metadatatext)\d\d)$/,
};

/**
 * Virtual tables and their shadow tables, in lower case. SQLite lists the latter since 3.37, and only those of modules that
 * are loaded here; for others their names tell, and of a module that nobody knows every table named `<virtual table>_…` is
 * taken for one.
 */
export async function hiddenTables(
  connection: Connection,
  objects: readonly StoredObject[],
): Promise<ReadonlySet<string>> {
  const virtual = objects.filter(isVirtual);
  if (virtual.length === 0) return new Set();
  const { shadows, modules } = await readListed(connection);
  const unlisted = virtual.filter((object) => !modules.has(moduleOf(object)));
  const guessed = objects
    .map((object) => object.table.toLowerCase())
    .filter((name) => unlisted.some((object) => isNamedAfter(name, object)));
  return new Set([...virtual.map((object) => object.name.toLowerCase()), ...shadows, ...guessed]);
}

/** `modules` are those whose shadow tables are in the list. */
async function readListed(
  connection: Connection,
): Promise<{ readonly shadows: readonly string[]; readonly modules: ReadonlySet<string> }> {
  if (!isAtLeast(connection.serverVersion, 3, 37)) return { shadows: [], modules: new Set() };
  const { rows } = await connection.query<{ kind: string; name: string }>(
    "SELECT 'shadow' AS kind, name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow' UNION ALL SELECT 'module', name FROM pragma_module_list",
  );
  const named = (kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.name.toLowerCase());
  return { shadows: named("shadow"), modules: new Set(named("module")) };
}

function isNamedAfter(name: string, object: StoredObject): boolean {
  const prefix = `${object.name.toLowerCase()}_`;
  if (!name.startsWith(prefix)) return false;
  return SUFFIXES[moduleOf(object)]?.test(name.slice(prefix.length)) ?? true;
}

/** `fts5` of `CREATE VIRTUAL TABLE x USING FTS5(…)`. */
function moduleOf(object: StoredObject): string {
  const tokens = tokenize(object.sql);
  const using = tokens.findIndex((token) => token.key === "USING");
  return tokens[using + 1] === undefined ? "" : identifierOf(tokens[using + 1]!).toLowerCase();
}
