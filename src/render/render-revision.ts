/** The text of a revision file: the user's template filled with a header and two bodies of operations. */
import { RevisionFileError } from "../errors.js";
import { keptKey, targetDroppedBy, targetMadeBy } from "../operations/kept-targets.js";
import type { Operation } from "../operations/operation.js";
import { applyOperation, describeOperation, destroyedBy, type Reversal, reverseAll } from "../operations/registry.js";
import { sameObject } from "../schema/edit-schema.js";
import { displayName, type SchemaDef } from "../schema/schema.js";
import { printableLine } from "../util/printable.js";
import { print } from "./document.js";
import type { RenderContext } from "./render-column.js";
import { renderOperation } from "./render-operation.js";
import { stringLiteral, toDocument } from "./source.js";

export interface RevisionDraft {
  readonly id: string;
  readonly message: string;
  readonly downRevisions: readonly string[];
  readonly branchLabels: readonly string[];
  readonly dependsOn: readonly string[];
  /** ISO 8601. */
  readonly createdAt: string;
  /** Operations of `upgrade`, in order; empty for a revision written by hand. */
  readonly operations: readonly Operation[];
  /** The schema that the first operation meets. */
  readonly before: SchemaDef;
  /** Do grants and owners outlast a drop and a create, so that the file has to say so? */
  readonly keepsGrants?: boolean | undefined;
  /** What undoes them together. Absent: each is undone by itself. */
  readonly reversal?: Reversal;
}

export interface RenderedRevision {
  readonly text: string;
  /** Sentences about what cannot be undone or may fail on rows. */
  readonly warnings: readonly string[];
}

/**
 * Fills `template`, whose places are `{{ name }}`: message, revision, revises, createDate, imports, downRevision,
 * branchLabels, dependsOn, upgrade, downgrade.
 *
 * @throws {@link RevisionFileError} when the template names a place that does not exist, or lacks the id.
 */
export function renderRevision(
  draft: RevisionDraft,
  template: { readonly text: string; readonly path: string },
): RenderedRevision {
  const used = new Set<string>();
  const context: RenderContext = {
    use(name) {
      used.add(name);
      return name;
    },
  };
  const warnings: string[] = [];
  const upgrade = renderBody(draft.operations, draft.before, context, draft.keepsGrants);
  const downgrade = renderDowngrade(draft, context, warnings);
  warnings.push(...riskyChanges(draft));
  const values: Readonly<Record<string, string>> = {
    message: commentText(draft.message),
    revision: stringLiteral(draft.id),
    revises: draft.downRevisions.length === 0 ? "<base>" : draft.downRevisions.join(", "),
    revisionId: draft.id,
    createDate: draft.createdAt,
    imports: imports(used),
    downRevision: idsLiteral(draft.downRevisions),
    branchLabels: draft.branchLabels.length === 0 ? "null" : `[${draft.branchLabels.map(stringLiteral).join(", ")}]`,
    dependsOn: idsLiteral(draft.dependsOn),
    upgrade,
    downgrade,
  };
  return { text: fill(template, values), warnings };
}

function renderBody(
  operations: readonly Operation[],
  before: SchemaDef,
  context: RenderContext,
  keepsGrants = false,
): string {
  let schema = before;
  const lines: string[] = [];
  for (const [at, op] of operations.entries()) {
    const after = applyOperation(schema, op);
    const kept = keepsGrants ? keptRemarks(op, operations.slice(at + 1)) : [];
    for (const remark of [...remarks(op, operations[at + 1], schema), ...kept])
      lines.push(`  // ${commentText(remark)}`);
    lines.push(`  ${print(["await op.", toDocument(renderOperation(op, context)), ";"], 2)}`);
    schema = after;
  }
  return lines.join("\n");
}

/** What a reader has to know before running it. */
function remarks(op: Operation, next: Operation | undefined, schema: SchemaDef): readonly string[] {
  const destroyed = destroyedBy(op, schema);
  const needed = needsValues(op);
  return [
    ...(destroyed === null ? [] : [`destroys data: ${destroyed}`]),
    ...(isPlaceholder(op, next) ? ["what rows held here is gone: they get a placeholder"] : []),
    ...(needed !== null && op.kind === "addColumn"
      ? [
          `fails if ${needed.table} has rows. Three steps instead: leave out notNull() here,`,
          `fill it with op.execute("UPDATE …"), then op.alterColumn("${op.table.name}", "${op.column.name}", { nullable: false })`,
        ]
      : []),
  ];
}

/** That what goes here comes back with what people may do. */
function keptRemarks(op: Operation, later: readonly Operation[]): readonly string[] {
  if (op.kind === "replaceView" || (op.kind === "replaceObject" && op.object.kind === "materializedView")) {
    return ["its owner and its grants stay"];
  }
  const dropped = targetDroppedBy(op);
  if (dropped === null) return [];
  const made = later.flatMap((one) => targetMadeBy(one) ?? []);
  if (made.some((one) => keptKey(one) === keptKey(dropped))) return ["made again below, with its owner and its grants"];
  const isHeir =
    dropped.on.type === "function" && made.some(({ on }) => on.type === "function" && sameObject(on, dropped.on));
  return isHeir ? ["its owner and its grants go to the one that is made below"] : [];
}

/** A column that comes back with a default which the next operation takes away again. */
function isPlaceholder(op: Operation, next: Operation | undefined): boolean {
  return (
    op.kind === "addColumn" &&
    next?.kind === "alterColumn" &&
    next.column === op.column.name &&
    next.changes.default === null &&
    op.column.default !== undefined
  );
}

function renderDowngrade(draft: RevisionDraft, context: RenderContext, warnings: string[]): string {
  const reversal = draft.reversal ?? reverseAll(draft.operations, draft.before);
  if (reversal.operations === null) {
    const reason = `cannot undo: ${describeOperation(reversal.irreversible)}`;
    warnings.push(reason);
    return `  ${print(["await op.irreversible(", stringLiteral(reason), ");"], 2)}`;
  }
  const after = draft.operations.reduce(applyOperation, draft.before);
  return renderBody(reversal.operations, after, context, draft.keepsGrants);
}

/** Sentences about what rows may stand in the way of. */
function riskyChanges(draft: RevisionDraft): readonly string[] {
  return draft.operations.flatMap((op) => {
    const column = needsValues(op);
    if (column === null) return [];
    const { table, name } = column;
    return op.kind === "addColumn"
      ? [
          `${table}.${name} is NOT NULL and has no default: the upgrade fails if ${table} has rows. Add it nullable, fill it, then set it NOT NULL: the comment in the file says how`,
        ]
      : [
          `${table}.${name} becomes NOT NULL: the upgrade fails while a row holds NULL. Fill it first, in the same revision`,
        ];
  });
}

/** The column that must have a value in every row from now on, but is given none. */
function needsValues(op: Operation): { readonly table: string; readonly name: string } | null {
  if (op.kind === "alterColumn") {
    const isFilled = op.using !== undefined || op.changes.generated !== undefined;
    return op.changes.nullable === false && !isFilled ? { table: displayName(op.table), name: op.column } : null;
  }
  if (op.kind !== "addColumn" || op.column.nullable) return null;
  const { default: value, identity, generated, type } = op.column;
  const fillsItself = value !== undefined || identity !== undefined || generated !== undefined;
  if (fillsItself || /serial$/.test(type.name)) return null;
  return { table: displayName(op.table), name: op.column.name };
}

function imports(used: ReadonlySet<string>): string {
  const builders = [...used].sort((a, b) => (a < b ? -1 : 1));
  const names = ["type Operations", "type RevisionId", ...builders];
  const oneLine = `import { ${names.join(", ")} } from "tsmigrate";`;
  if (builders.length === 0) return 'import type { Operations, RevisionId } from "tsmigrate";';
  return oneLine.length <= 80
    ? oneLine
    : `import {\n${names.map((name) => `  ${name},\n`).join("")}} from "tsmigrate";`;
}

function idsLiteral(ids: readonly string[]): string {
  if (ids.length === 0) return "null";
  if (ids.length === 1) return stringLiteral(ids[0]!);
  return `[${ids.map(stringLiteral).join(", ")}]`;
}

/** One line that cannot end the comment it stands in. */
export function commentText(text: string): string {
  return printableLine(text).replaceAll("*/", "* /");
}

const PLACE = /\{\{\s*([A-Za-z]+)\s*\}\}/g;

function fill(
  template: { readonly text: string; readonly path: string },
  values: Readonly<Record<string, string>>,
): string {
  if (!/\{\{\s*revision\s*\}\}/.test(template.text)) {
    throw new RevisionFileError(`the template '${template.path}' has no place for the revision id`, {
      path: template.path,
      hint: "Write `export const revision = {{ revision }};` into it.",
    });
  }
  const filled = template.text.replace(PLACE, (_place, name: string) => {
    const value = values[name];
    if (value === undefined) {
      throw new RevisionFileError(`the template '${template.path}' names an unknown place '${name}'`, {
        path: template.path,
        hint: `Use one of: ${Object.keys(values).join(", ")}.`,
      });
    }
    return value;
  });
  return tidy(filled);
}

/** Empty bodies become `{}`, header lines that are too long break after the equals sign, as a formatter would do it. */
function tidy(text: string): string {
  return text
    .replace(/\{\n\s*\n\}/g, "{}")
    .split("\n")
    .map((row) => (row.length > 80 ? row.replace(/^(export const \w+: [^=]+ =) ("[^"]*";)$/, "$1\n  $2") : row))
    .map((row) => row.replace(/(?<![ \t])[ \t]+$/, ""))
    .join("\n");
}
