/** Keys, checks, exclusions and indexes of a table as the calls that make, rename and drop them. */
import type { ConstraintChanges, Operation } from "../operations/operation.js";
import { objectKey } from "../schema/schema.js";
import {
  excludeElements,
  expression,
  foreignKeyOptions,
  options,
  type RenderContext,
  renderIndexElement,
  schemaOption,
  strings,
} from "./render-column.js";
import { array, literal, object, type Source, string } from "./source.js";

type IndexOperation = Extract<Operation, { kind: "createIndex" | "dropIndex" | "renameIndex" | "alterIndex" }>;
export function indexCall(op: IndexOperation, context: RenderContext): readonly [string, readonly Source[]] {
  switch (op.kind) {
    case "createIndex": {
      const {
        name,
        unique,
        elements,
        where,
        method,
        include,
        nullsNotDistinct,
        with: storage,
        tablespace,
        comment,
        only,
      } = op.index;
      const plain = {
        ...schemaOption(op.table),
        unique: unique ? true : undefined,
        using: method,
        include,
        nullsNotDistinct,
        with: storage,
        tablespace,
        comment,
        only: only?.length === 0 ? true : only?.map(objectKey),
        concurrently: op.concurrently,
        ifNotExists: op.ifNotExists,
      };
      const entries = Object.entries(plain)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]): readonly [string, Source] => [key, literal(value)]);
      if (where !== undefined) entries.push(["where", expression(where, context)]);
      return [
        op.kind,
        [
          string(name),
          string(op.table.name),
          array(elements.map((element) => renderIndexElement(element, context))),
          ...(entries.length === 0 ? [] : [object(entries)]),
        ],
      ];
    }
    case "dropIndex":
      return [
        op.kind,
        [
          string(op.index.name),
          ...(op.table === undefined ? [] : [string(op.table.name)]),
          ...options({ ...schemaOption(op.index), concurrently: op.concurrently, ifExists: op.ifExists }),
        ],
      ];
    case "alterIndex":
      return [op.kind, [string(op.index.name), literal({ ...op.changes, ...schemaOption(op.index) })]];
    case "renameIndex":
      return [op.kind, [string(op.index.name), string(op.to), ...options(schemaOption(op.index))]];
  }
}

type ConstraintOperation = Extract<
  Operation,
  {
    kind:
      | "createPrimaryKey"
      | "createUniqueConstraint"
      | "createForeignKey"
      | "createCheckConstraint"
      | "createExcludeConstraint"
      | "dropConstraint"
      | "renameConstraint"
      | "validateConstraint"
      | "alterConstraint";
  }
>;
export function constraintCall(op: ConstraintOperation, context: RenderContext): readonly [string, readonly Source[]] {
  const table = string(op.table.name);
  const schema = schemaOption(op.table);
  switch (op.kind) {
    case "createPrimaryKey": {
      const { name, columns, conventional: _source, ...rest } = op.constraint;
      return [op.kind, [literal(name), table, strings(columns), ...options({ ...rest, ...schema })]];
    }
    case "createUniqueConstraint": {
      const { name, columns, conventional: _source, ...rest } = op.constraint;
      return [op.kind, [literal(name), table, strings(columns), ...options({ ...rest, ...schema })]];
    }
    case "createForeignKey": {
      const { name, columns, target, targetColumns, notValid, comment } = op.constraint;
      const targetSchema = target.schema === op.table.schema ? undefined : (target.schema ?? null);
      return [
        op.kind,
        [
          literal(name),
          table,
          strings(columns),
          string(target.name),
          strings(targetColumns),
          ...options({ ...foreignKeyOptions(op.constraint), notValid, comment, ...schema, targetSchema }),
        ],
      ];
    }
    case "createCheckConstraint": {
      const { name, expression: sql, conventional: _source, ...rest } = op.constraint;
      return [op.kind, [literal(name), table, expression(sql, context), ...options({ ...rest, ...schema })]];
    }
    case "createExcludeConstraint": {
      const { name, elements: _elements, conventional: _source, where, method, ...rest } = op.constraint;
      const plain = Object.entries({ using: method, ...rest, ...schema })
        .filter(([, value]) => value !== undefined)
        .map(([key, value]): readonly [string, Source] => [key, literal(value)]);
      const entries = where === undefined ? plain : [...plain, ["where", expression(where, context)] as const];
      return [
        op.kind,
        [
          literal(name),
          table,
          array(excludeElements(op.constraint, context)),
          ...(entries.length === 0 ? [] : [object(entries)]),
        ],
      ];
    }
    case "dropConstraint": {
      const plain = {
        type: op.type,
        columns: op.name === null ? op.columns : undefined,
        ifExists: op.ifExists,
        ...schema,
      };
      const entries = Object.entries(plain)
        .filter(([, value]) => value !== undefined)
        .map(([key, value]): readonly [string, Source] => [key, literal(value)]);
      if (op.expression !== undefined) entries.push(["expression", expression(op.expression, context)]);
      return [op.kind, [literal(op.name), table, ...(entries.length === 0 ? [] : [object(entries)])]];
    }
    case "renameConstraint":
      return [op.kind, [string(op.name), table, string(op.to), ...options(schema)]];
    case "validateConstraint":
      return [op.kind, [string(op.name), table, ...options(schema)]];
    case "alterConstraint":
      return [op.kind, [string(op.name), table, literal({ ...enforcing(op.changes), ...schema })]];
  }
}

/** What is enforced again says so. */
function enforcing({ notEnforced, ...changes }: ConstraintChanges) {
  return { ...changes, ...(notEnforced === undefined ? {} : { notEnforced: notEnforced === true }) };
}
