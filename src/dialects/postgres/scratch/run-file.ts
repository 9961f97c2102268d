import { UsageError } from "../../../errors.js";
import type { Connection } from "../../dialect.js";

/** A file as `psql` would run it, as far as it holds SQL: what `pg_dump --schema-only` writes can be read. */
export async function runFile(connection: Connection, text: string): Promise<void> {
  if (/^COPY\s[^;]*\sFROM\s+stdin\b/im.test(text)) {
    throw new UsageError("the file holds rows (COPY … FROM stdin), and only its objects matter here", {
      hint: "Write it with `pg_dump --schema-only`.",
    });
  }
  await connection.script(text.replace(/^\\(?:un)?restrict\b.*$/gm, ""));
  // Dumps change settings of their session, the search path above all.
  await connection.script("RESET ALL");
}
