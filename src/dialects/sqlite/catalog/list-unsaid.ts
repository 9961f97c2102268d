/** What `sqlite_schema` keeps of a table and a schema does not say: comments, and clauses without effect. */
import type { Connection, UnsaidFact } from "../../dialect.js";
import { parseWritten } from "../text/parse-create-table.js";
import { tokenize } from "../text/sql-tokenizer.js";
import type { ColumnConstraintNode, TableConstraintNode, TableNode } from "../text/table-nodes.js";
import type { StoredObject } from "./live-facts.js";
import { isVirtual } from "./probes.js";
import { readAnalyzed, readStoredObjects } from "./refresh.js";

/** One query, and one more where ANALYZE was run. */
export async function listUnsaid(connection: Connection): Promise<readonly UnsaidFact[]> {
  const analyzed = await readAnalyzed(connection);
  const objects = await readStoredObjects(connection);
  return objects
    .filter((object) => object.type === "table" && !isVirtual(object))
    .flatMap((object) => {
      const statistics = analyzed.has(object.name.toLowerCase());
      const texts = [
        ...(hasComments(object) ? ["the comments in the text"] : []),
        ...wordsOf(parseWritten(object.sql)),
        ...(statistics ? ["statistics, which `ANALYZE` makes again"] : []),
      ];
      return texts.length === 0 ? [] : [{ table: object.name, what: texts.join("; ") }];
    });
}

/** Between two tokens stands nothing but spaces, or a comment. */
function hasComments({ sql }: StoredObject): boolean {
  let end = 0;
  for (const token of tokenize(sql)) {
    if (/[-/]/.test(sql.slice(end, token.start))) return true;
    end = token.end;
  }
  return /[-/]/.test(sql.slice(end));
}

const WITHOUT_NAMES: Readonly<Partial<Record<ColumnConstraintNode["kind"], string>>> = {
  default: "DEFAULT",
  collate: "COLLATE",
  generated: "GENERATED",
  nothing: "NULL",
};

function wordsOf(node: TableNode): readonly string[] {
  const inline = node.columns.flatMap((column) => column.constraints);
  const all: readonly (ColumnConstraintNode | TableConstraintNode)[] = [...inline, ...node.constraints];
  const idle = all.flatMap(({ kind, name }) => {
    const word = WITHOUT_NAMES[kind];
    return word === undefined || name === null ? [] : [`the name '${name}' of a ${word}`];
  });
  const named = all.filter(({ kind }) => WITHOUT_NAMES[kind] === undefined && kind !== "notNull");
  const names = named.flatMap(({ name }) => name ?? []);
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) < at))];
  const checks = all.filter(({ kind, text }) => kind === "check" && endsInConflict(text));
  return [
    ...idle,
    ...twice.map((name) => `the name '${name}' of all constraints that have it but the first`),
    ...(checks.length === 0 ? [] : ["ON CONFLICT of a CHECK, which SQLite does not heed"]),
  ];
}

/** `… ON CONFLICT IGNORE` */
function endsInConflict(text: string): boolean {
  const [on, conflict] = tokenize(text).slice(-3);
  return on?.key === "ON" && conflict?.key === "CONFLICT";
}
