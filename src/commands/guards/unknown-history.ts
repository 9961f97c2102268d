/** The wrong file, the wrong search path, a lost version table: running the whole history on top of it must not happen. */
import type { Connection } from "../../dialects/dialect.js";
import { UnknownHistoryError } from "../../errors.js";
import type { RevisionId } from "../../revisions/revision.js";
import type { RevisionGraph } from "../../revisions/revision-graph.js";
import { oneJourney } from "../../runtime/one-journey.js";
import type { Environment } from "../environment/environment.js";
import { filterObjects } from "../sources/filter-objects.js";
import { introspect } from "../sources/introspect.js";

/**
 * Refuses a database that holds tables of the user's while nothing says which revisions made them. Tables that
 * `includeObject` leaves out belong to somebody else and do not count, nor do those of extensions. A first revision that
 * changes tables which no revision makes was written for such a database.
 *
 * @throws UnknownHistoryError
 */
export async function refuseUnknownHistory(
  environment: Environment,
  connection: Connection,
  { graph, first }: { readonly graph: RevisionGraph; readonly first: RevisionId },
): Promise<void> {
  const versionTable = environment.versionTable(connection);
  const isKnown = async () => (await versionTable.exists()) || (await environment.ledger(connection).exists());
  const [isVersioned, isLogged, holdsTables] = await oneJourney(connection, [
    () => versionTable.exists(),
    () => environment.ledger(connection).exists(),
    () => connection.dialect.holdsTables(connection, environment.config.schemas),
  ]);
  if (isVersioned || isLogged || !holdsTables) return;
  const found = await introspect(environment, connection);
  const tables = Object.keys(filterObjects(found, "database", environment.config.includeObject).tables).sort();
  // Another run may have begun meanwhile, and made them.
  if (tables.length === 0 || (await isKnown())) return;
  const { presumesTables } = await import("../scripts/rehearse.js");
  if (await presumesTables(environment, graph, { id: first, dialect: connection.dialect })) return;
  const shown = tables.slice(0, 3).map((name) => `'${name}'`);
  const more = tables.length > shown.length ? ` and ${tables.length - shown.length} more` : "";
  throw new UnknownHistoryError(
    `the database holds tables (${shown.join(", ")}${more}), and nothing says which revisions made them`,
    {
      tables,
      hint: "Run `tsmigrate stamp head` if they are what the revisions make, `tsmigrate stamp base` to run all revisions on top of them, or correct the database URL.",
    },
  );
}
