/**
 * What a SQLite database says of its own structure, as lines that are the same for what is the same: from the pragmas,
 * which know nothing of our reading, and from the texts in `sqlite_schema` for what the pragmas lose. Space, quoting,
 * the case of words, comments, and whether a constraint stands with its column or after the columns make no difference.
 */
import type Database from "better-sqlite3";
import { normalExpression } from "../../src/dialects/sqlite/text/expression.js";
import { parseCreateTable } from "../../src/dialects/sqlite/text/parse-create-table.js";
import { identifierOf, tokenize } from "../../src/dialects/sqlite/text/sql-tokenizer.js";
import type {
  ColumnConstraintNode,
  TableConstraintNode,
  TableNode,
} from "../../src/dialects/sqlite/text/table-nodes.js";

type Row = Record<string, string | number | null>;

/** Sorted lines, each about one thing, beginning with its name. */
export function schemaFacts(db: Database.Database): readonly string[] {
  const objects = db
    .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    .all() as { type: string; name: string; tbl_name: string; sql: string | null }[];
  const kinds = new Map(
    (db.prepare("SELECT name, type FROM pragma_table_list WHERE schema = 'main'").all() as Row[]).map((row) => [
      row.name,
      row.type,
    ]),
  );
  return objects
    .flatMap((object) => {
      if (kinds.get(object.tbl_name) === "shadow") return [];
      if (object.sql === null) return [];
      if (object.type === "table" && kinds.get(object.name) === "table") return tableFacts(db, object.name, object.sql);
      return [`${object.type} ${object.name} on ${object.tbl_name.toLowerCase()}: ${normalText(object.sql)}`];
    })
    .sort();
}

function tableFacts(db: Database.Database, name: string, sql: string): readonly string[] {
  const list = (pragma: string, of: string) => db.prepare(`SELECT * FROM pragma_${pragma}(?)`).all(of) as Row[];
  const kind = db.prepare("SELECT wr, strict FROM pragma_table_list(?)").raw().get(name);
  const columns = list("table_xinfo", name).map((row) =>
    JSON.stringify([
      row.name,
      String(row.type)
        .split(/--|\/\*/)[0]!
        .trim()
        .toUpperCase()
        .replace(/\s+/g, ""),
      row.notnull,
      row.dflt_value === null ? null : defaultText(String(row.dflt_value)),
      row.pk,
      row.hidden,
    ]),
  );
  const keys = list("foreign_key_list", name)
    .map(({ id: _id, ...row }) => row)
    .map((row) => {
      // `REFERENCES t` means the primary key of t.
      const key = list("table_xinfo", String(row.table)).find((column) => column.pk === Number(row.seq) + 1);
      const to = String(row.to ?? key?.name ?? "").toLowerCase();
      return JSON.stringify({ ...row, table: String(row.table).toLowerCase(), to });
    });
  const indexes = list("index_list", name).map((row) =>
    JSON.stringify([
      row.origin === "c" ? row.name : null,
      row.unique,
      row.origin,
      row.partial,
      list("index_xinfo", String(row.name)).map((part) => [
        part.seqno,
        part.name,
        part.desc,
        String(part.coll).toUpperCase(),
        part.key,
      ]),
    ]),
  );
  // The key that is the rowid has no index, and no order or collation of its own.
  const isRowid = (kind as number[])[0] === 0 && !list("index_list", name).some((row) => row.origin === "pk");
  return [
    `table ${name} ${JSON.stringify(kind)}`,
    ...columns.map((text, index) => `table ${name} column ${index} ${text}`),
    ...keys.map((text) => `table ${name} foreign key ${text}`),
    ...indexes.map((text) => `table ${name} index ${text}`),
    ...constraintFacts(parseCreateTable(sql), isRowid).map((text) => `table ${name} says ${text}`),
  ];
}

/** `DEFAULT x` is the text x, TRUE is 1, +1 is 1, and NULL is what there is without a default. */
function defaultText(said: string): string | null {
  const text = said.trim().replace(/^\+\s*/, "");
  const tokens = tokenize(text);
  if (tokens.length !== 1) return normalText(text);
  const [token] = tokens;
  if (token!.key === "NULL") return null;
  if (token!.key === "TRUE") return "1";
  if (token!.key === "FALSE") return "0";
  return token!.kind === "quoted" ? `'${identifierOf(token!).replaceAll("'", "''")}'` : normalText(text);
}

function constraintFacts(node: TableNode, isRowid: boolean): readonly string[] {
  const own = node.columns.flatMap((column) =>
    lastOfEach(column.constraints).map((constraint) => constraintFact(constraint, column.name, isRowid)),
  );
  return [...own, ...node.constraints.map((constraint) => constraintFact(constraint, null, isRowid))].filter(
    (fact) => fact !== "",
  );
}

/** Of a NOT NULL, DEFAULT or COLLATE that is said twice the last one counts. */
function lastOfEach(constraints: readonly ColumnConstraintNode[]): readonly ColumnConstraintNode[] {
  const attributes = ["notNull", "default", "collate"];
  return constraints.filter(
    (one, index) =>
      !attributes.includes(one.kind) || constraints.findLastIndex(({ kind }) => kind === one.kind) === index,
  );
}

function constraintFact(
  node: ColumnConstraintNode | TableConstraintNode,
  column: string | null,
  isRowid: boolean,
): string {
  const say = (...parts: readonly unknown[]) => JSON.stringify([node.name, node.kind, ...parts]);
  switch (node.kind) {
    case "primaryKey":
    case "unique": {
      const own =
        "columns" in node
          ? node.columns
          : [{ name: column, collation: null, descending: "descending" in node && node.descending }];
      const isPlain = node.kind === "primaryKey" && isRowid;
      const columns = own.map((part) => (isPlain ? { ...part, collation: null, descending: false } : part));
      const parts = columns.map((part) => [
        part.name?.toLowerCase(),
        part.collation?.toUpperCase() ?? null,
        part.descending,
      ]);
      const more = node.kind === "primaryKey" ? [node.autoincrement] : [];
      return say(parts, node.onConflict ?? "ABORT", ...more);
    }
    case "notNull":
      return say(column, node.onConflict ?? "ABORT");
    case "check":
      return say(normalExpression(node.expression));
    case "generated":
      return JSON.stringify([node.kind, column, normalExpression(node.expression), node.stored]);
    case "collate":
      return JSON.stringify([node.kind, column, node.collation.toUpperCase()]);
    case "foreignKey": {
      const { reference } = node;
      const columns = "columns" in node ? node.columns : [column];
      const match = reference.match === "SIMPLE" ? null : reference.match;
      const deferred = reference.deferrable === "deferred";
      return say(
        columns.map((name) => name?.toLowerCase()),
        reference.table.toLowerCase(),
        reference.onDelete,
        reference.onUpdate,
        match,
        deferred,
      );
    }
    default:
      return "";
  }
}

/** Tokens with one space between them; names without the quotes they do not need. */
function normalText(sql: string): string {
  return normalExpression(sql.replace(/;\s*$/, ""));
}
