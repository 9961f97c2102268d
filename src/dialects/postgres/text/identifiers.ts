/** Names as the server keeps them. */
import type { ObjectName } from "../../../schema/schema.js";
import { quoteIdentifier } from "../../standard-ddl.js";

/** PostgreSQL cuts names after this many bytes of UTF-8 (`NAMEDATALEN - 1`). */
export const MAXIMUM_IDENTIFIER_BYTES = 63;

/** `"billing"."invoices"`. @throws OperationConflictError for a name that would be cut or refused. */
export function qualifiedName(object: ObjectName): string {
  const name = quoteIdentifier(object.name, MAXIMUM_IDENTIFIER_BYTES);
  return object.schema === undefined ? name : `${quoteIdentifier(object.schema, MAXIMUM_IDENTIFIER_BYTES)}.${name}`;
}

/** The start of a name of our own making, cut between characters. */
export function cutName(name: string, bytes = MAXIMUM_IDENTIFIER_BYTES): string {
  let kept = [...name];
  while (Buffer.byteLength(kept.join("")) > bytes) kept = kept.slice(0, -1);
  return kept.join("");
}

/** `"tenant_1", "extensions", pg_temp`: temporary objects come last, so that none takes the place of another. */
export function searchPathText(schemas: readonly string[]): string {
  return [...schemas.map((name) => quoteIdentifier(name, MAXIMUM_IDENTIFIER_BYTES)), "pg_temp"].join(", ");
}
