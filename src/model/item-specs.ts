/** What the words for constraints and indexes have said. */
import type {
  Deferrable,
  DialectName,
  IndexElement,
  KeyCollations,
  KeyOrder,
  StorageParameters,
} from "../schema/schema.js";
import type { ForeignKeyOptions } from "./column.js";
import type { SqlExpression } from "./expression-text.js";

/** What SQLite does with a row that breaks a key. */
export type ConflictAction = "ROLLBACK" | "ABORT" | "FAIL" | "IGNORE" | "REPLACE";

interface ItemSpec {
  readonly name?: string;
  readonly renamedFrom?: string;
  readonly only?: DialectName;
  readonly deferrable?: Deferrable;
  readonly include?: readonly string[];
  readonly nullsNotDistinct?: true;
  readonly notValid?: true;
  readonly notEnforced?: true;
  readonly withoutOverlaps?: true;
  readonly with?: StorageParameters;
  readonly tablespace?: string;
  readonly comment?: string;
}
export type TableItemSpec =
  | (ItemSpec & {
      readonly kind: "primaryKey" | "unique";
      readonly columns: readonly string[];
      readonly order?: KeyOrder;
      readonly collations?: KeyCollations;
      readonly onConflict?: ConflictAction;
    })
  | (ItemSpec & {
      readonly kind: "index";
      readonly unique: boolean;
      readonly parts: readonly IndexPartSpec[];
      readonly where?: SqlExpression | string;
      readonly method?: string;
      readonly onOnly?: readonly string[];
    })
  | (ItemSpec & {
      readonly kind: "exclude";
      readonly parts: readonly IndexPartSpec[];
      readonly operators: readonly string[];
      readonly where?: SqlExpression | string;
      readonly method?: string;
    })
  | (ItemSpec & { readonly kind: "check"; readonly expression: SqlExpression | string; readonly noInherit?: true })
  | (ItemSpec & {
      readonly kind: "foreignKey";
      readonly columns: readonly string[];
      readonly target: string;
      readonly targetColumns: readonly string[];
      readonly options: ForeignKeyOptions;
    });
export type IndexPartSpec = Omit<IndexElement, "expression"> & { readonly expression?: SqlExpression | string };
