/** A column of the table being defined, inside its constraints callback: `t.email`, `t.created_at.desc()`. */
import type { IndexElement } from "../schema/schema.js";
import { brandedObject, columnRefBrand } from "./brand.js";
import { text } from "./call-arguments.js";
import { checkedMethods } from "./checked-calls.js";

/** In a `sql` template it stands for the quoted name. The methods matter in indexes only. */
export interface ColumnRef {
  readonly [columnRefBrand]: IndexElement & { readonly column: string };
  desc(): ColumnRef;
  asc(): ColumnRef;
  nullsFirst(): ColumnRef;
  nullsLast(): ColumnRef;
  collate(collation: string): ColumnRef;
  /** The operator class: `t.path.op("text_pattern_ops")`. */
  op(operatorClass: string): ColumnRef;
  /** The node that Kysely's `sql` asks for. */
  toOperationNode(): { readonly kind: "IdentifierNode"; readonly name: string };
}

/** Not generic in what comes out, so that the callback takes no part in inference. */
export type ColumnRefs<C> = { readonly [K in keyof C]: ColumnRef };

export function columnRef(name: string): ColumnRef {
  return refOf({ column: name });
}

interface Ref {
  readonly [columnRefBrand]: IndexElement & { readonly column: string };
}

function refOf(element: IndexElement & { readonly column: string }): ColumnRef {
  return brandedObject<ColumnRef>(methods, columnRefBrand, element);
}

function extended(ref: Ref, more: Omit<IndexElement, "column" | "expression">): ColumnRef {
  return refOf({ ...ref[columnRefBrand], ...more });
}

const plainMethods = {
  desc(this: Ref) {
    return extended(this, { order: "desc" });
  },
  asc(this: Ref) {
    const { order: _descending, ...element } = this[columnRefBrand];
    return refOf(element);
  },
  nullsFirst(this: Ref) {
    return extended(this, { nulls: "first" });
  },
  nullsLast(this: Ref) {
    return extended(this, { nulls: "last" });
  },
  collate(this: Ref, collation: string) {
    return extended(this, { collation });
  },
  op(this: Ref, operatorClass: string) {
    return extended(this, { operatorClass });
  },
  toOperationNode(this: Ref) {
    return { kind: "IdentifierNode", name: this[columnRefBrand].column } as const;
  },
};

const methods = checkedMethods(plainMethods, {
  desc: [],
  asc: [],
  nullsFirst: [],
  nullsLast: [],
  collate: [text("collation")],
  op: [text("operatorClass")],
  toOperationNode: [],
});
