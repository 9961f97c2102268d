/** Scratch databases: empty, and gone when their connection is closed. Everything that replays or tries something out uses them. */
import { type DatabaseUrl, parseDatabaseUrl } from "../../dialects/database-url.js";
import type { Connection, Dialect, ScratchPlace } from "../../dialects/dialect.js";
import { UsageError } from "../../errors.js";
import type { Environment } from "../environment/environment.js";

export interface ScratchWish {
  /** A database whose content does not matter, over the config's `scratch`. */
  readonly scratch?: string | undefined;
  /** Where one is made when nobody names a place; otherwise beside the environment's own database. */
  readonly near?: DatabaseUrl | undefined;
}

/** @throws DatabaseError when none can be made; UsageError for the URL of another kind of database */
export async function openScratch(
  environment: Environment,
  dialect: Dialect,
  wish: ScratchWish = {},
): Promise<Connection> {
  const options = environment.connectOptions({ create: true, readOnly: false });
  return dialect.openScratch(await placeOf(environment, dialect, wish), options);
}

async function placeOf(environment: Environment, dialect: Dialect, wish: ScratchWish): Promise<ScratchPlace> {
  const { config, options } = environment;
  const spare = wish.scratch === undefined ? config.scratch : { text: wish.scratch, baseDirectory: options.cwd };
  if (spare !== undefined) {
    const url = parseDatabaseUrl(spare.text, spare.baseDirectory);
    if (url.dialect === dialect.name) return { url, isSpare: true };
    throw new UsageError(`the scratch database '${url.display}' is not of the same kind as the other database`, {
      hint: `Name one for ${dialect.name === "postgres" ? "PostgreSQL" : "SQLite"}, or leave it out.`,
    });
  }
  // SQLite needs no place; and where its file is missing nobody has to be asked for one.
  if (dialect.name === "sqlite") return { url: undefined, isSpare: false };
  const url = wish.near ?? (await environment.databaseUrl());
  return { url: url?.dialect === dialect.name ? url : undefined, isSpare: false };
}
