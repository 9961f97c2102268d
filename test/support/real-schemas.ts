/** Files with the schemas of real projects, which lie beside the checkout, if anywhere. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DialectName } from "../../src/schema/schema.js";
import { query } from "./engine.js";

const SHARED = join(import.meta.dirname, "../../../shared/schemas");
const FOLDERS: Readonly<Record<DialectName, string>> = { sqlite: "sqlite", postgres: "pg" };

/** The first version of PostgreSQL that takes the file, where it is not the oldest. */
const NEEDED: Readonly<Record<string, number>> = { "lago.sql": 15 };

/** Their names; none, said aloud, where there are none. */
export function realSchemas(family: DialectName): readonly string[] {
  const folder = join(SHARED, FOLDERS[family]);
  if (existsSync(folder)) return readdirSync(folder).filter((name) => name.endsWith(".sql"));
  process.stderr.write(`skipped, there are no real schemas in ${folder}\n`);
  return [];
}

export function realSchemaSql(family: DialectName, file: string): string {
  return readFileSync(join(SHARED, FOLDERS[family], file), "utf8");
}

/** `needs PostgreSQL 15`, where the server of the URL is older than that. */
export async function whyNotTaken(file: string, url: string): Promise<string | null> {
  const needed = NEEDED[file];
  if (needed === undefined) return null;
  const [row] = await query(url, "SHOW server_version_num");
  return Number(row!.server_version_num) < needed * 10_000 ? `needs PostgreSQL ${needed}` : null;
}
