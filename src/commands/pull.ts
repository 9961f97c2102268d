/** pull: the models of a database that is there, a first revision that makes it, and a stamp that says so. */
import { extname, resolve } from "node:path";
import type { Connection, PrivilegeFilter } from "../dialects/dialect.js";
import { diffSchemas } from "../diff/diff-schemas.js";
import { DatabaseBehindError, ScratchRefusedError, TsMigrateError, UsageError } from "../errors.js";
import { describeOperation } from "../operations/registry.js";
import { type DerivedNaming, deriveNaming } from "../render/derive-naming.js";
import type { RevisionGraph } from "../revisions/revision-graph.js";
import { EMPTY_SCHEMA, type SchemaDef } from "../schema/schema.js";
import { compareSchemas } from "./compare/compare-schemas.js";
import type { Environment } from "./environment/environment.js";
import { refuseToOverwrite, writeModels } from "./files/models-files.js";
import { pulledModels } from "./files/pulled-models.js";
import { writeRevision } from "./files/write-revision.js";
import { filterObjects } from "./sources/filter-objects.js";
import { introspect, introspectAll } from "./sources/introspect.js";
import { managedPart } from "./sources/managed-schemas.js";
import { isPattern } from "./sources/model-files.js";
import { runOperations } from "./sources/run-operations.js";
import { openScratch } from "./sources/scratch.js";
import { selectObjects } from "./sources/select-objects.js";
import { allSchemas } from "./sources.js";
import { stamp } from "./stamp.js";

export interface PullOptions {
  /** The models module to write; the config's own where absent. */
  readonly out: string | undefined;
  /** Nothing named: all of them. */
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
  /** Who may do what, and whose things are: each role has to be there where the models are made. */
  readonly privileges: PrivilegeFilter;
  readonly baseline: boolean;
  /** Write nothing, and try the models out on a scratch database. */
  readonly check: boolean;
  readonly force: boolean;
  readonly scratch: string | undefined;
}

/** Everything into the models of the config, with a baseline and a stamp. */
export const PULL_ALL: PullOptions = {
  out: undefined,
  schemas: [],
  privileges: { grants: false, owners: false },
  tables: [],
  baseline: true,
  check: false,
  force: false,
  scratch: undefined,
};

export interface PullResult {
  /** Absolute. */
  readonly models: string;
  /** All files of models; the first is `models`. Empty for a check. */
  readonly files: readonly string[];
  readonly baseline: string | null;
  /** The file of the baseline revision. */
  readonly baselinePath: string | null;
  readonly tables: number;
  /** Everything besides tables. */
  readonly objects: number;
  /** What the models do not say, each as a sentence or as the operation that is missing. */
  readonly notReproduced: readonly string[];
  /** Rules that more of the names follow than those of the config: with them in it models leave more names out. */
  readonly naming: DerivedNaming | null;
  /** Sentences about what was not done. */
  readonly notes: readonly string[];
}

/** @throws UsageError where something would be overwritten; DatabaseError where the database is at revisions we do not have */
export async function pull(environment: Environment, options: PullOptions): Promise<PullResult> {
  const path = outPath(environment, options.out);
  if (!options.check && !options.force) refuseToOverwrite(path);
  const graph = await environment.loadGraph({ writes: true });
  const connection = await environment.connect({ create: false, readOnly: true });
  try {
    const heads = await environment.versionTable(connection).read();
    const wantsBaseline = options.baseline && !options.check && graph.nodes.length === 0;
    if (wantsBaseline) refuseStamped(graph, heads);
    const { selection, known } = await readSelection(environment, connection, options);
    const pulled = await pulledModels(environment, connection, path, selection, known);
    const { files, wanted, schema, leftOut } = pulled;
    const declared = await compare(environment, connection, schema, wanted);
    const tried = options.check ? await tryOut(environment, connection, { found: schema, options, wanted }) : undefined;
    const differences = [...new Set([...declared, ...(tried?.differences ?? [])])];
    const result = {
      models: path,
      files: options.check ? [] : files.map((file) => file.path),
      baseline: null,
      baselinePath: null,
      tables: Object.keys(schema.tables).length,
      objects: [schema.enums, schema.views, schema.objects].flatMap(Object.keys).length,
      naming: deriveNaming(Object.values(schema.tables), environment.config.namingConvention),
      notReproduced: [...leftOut, ...(await unread(connection, options)), ...differences],
    };
    const unsaid = await unsaidFacts(connection, schema);
    const isEmpty = result.tables + result.objects + schema.schemas.length === 0;
    const empty = isEmpty ? emptyNotes(connection, leftOut, wantsBaseline) : [];
    if (tried !== undefined) return { ...result, notes: [...empty, ...tried.notes, ...unsaid] };
    writeModels(files, options.force);
    const notes = [...empty, ...notesOf(graph, options), ...unsaid];
    if (!wantsBaseline || isEmpty) return { ...result, notes };
    return { ...result, notes, ...(await writeBaseline(environment, graph, schema)) };
  } finally {
    await environment.release();
  }
}

function outPath(environment: Environment, out: string | undefined): string {
  const { config, options } = environment;
  const [only, ...more] = config.models;
  const path = out === undefined ? (more.length === 0 ? only : undefined) : resolve(options.cwd, out);
  if (path !== undefined && /^\.[cm]?[jt]s$/.test(extname(path)) && !isPattern(path)) return path;
  throw new UsageError(
    out === undefined ? "'models' of the config names no single module to write to" : `'${out}' is no TypeScript file`,
    { hint: "Name one: `tsmigrate pull --out models.ts`." },
  );
}

async function readSelection(environment: Environment, connection: Connection, options: PullOptions) {
  if (options.schemas.length > 0 && !connection.dialect.capabilities.schemas) {
    throw new UsageError("SQLite has no schemas", { hint: "Leave --schema out, or name tables with --table." });
  }
  const { includeObject, schemas, versionTableSchema } = environment.config;
  const named = schemas.length > 0 ? [] : await allSchemas(connection);
  const all = await introspect(environment, connection, named, options.privileges);
  const isAsked = options.schemas.length > 0 || options.tables.length > 0;
  const read = isAsked ? all : managedPart(environment, connection, all);
  // The schema of our own tables is no more part of the models than these are.
  const isOurs = (name: string) => name === versionTableSchema && !holdsAnything(read, name);
  const shown = { ...read, schemas: read.schemas.filter((name) => !isOurs(name)) };
  const found = filterObjects(shown, "database", includeObject);
  const known = new Set(Object.keys(shown.tables));
  return { selection: selectObjects(found, options, connection.defaultSchema, known), known };
}

/** Of what was asked for: with tables named, other objects are no part of it. */
async function unread(connection: Connection, options: PullOptions): Promise<readonly string[]> {
  const { schemas, tables, privileges } = options;
  if (tables.length > 0) return [];
  const named = schemas.length > 0 ? schemas : await allSchemas(connection);
  const found = (await connection.dialect.findUnread?.(connection, named, privileges)) ?? [];
  return found.map((what) => `not read, and so not in the models: ${what}`);
}

function holdsAnything({ tables, enums, views, objects }: SchemaDef, schema: string): boolean {
  return [tables, enums, views, objects].flatMap((all) => Object.values(all)).some((one) => one.schema === schema);
}

/** What comparing finds between the database and the models, which have been loaded as a project would load them. */
async function compare(
  environment: Environment,
  connection: Connection,
  found: SchemaDef,
  wanted: SchemaDef,
): Promise<readonly string[]> {
  const renames = { answers: [], undecided: "dropAndAdd" } as const;
  const { operations } = await compareSchemas(environment, connection, { found, wanted, renames });
  return operations.map((op) => `models and database differ: ${describeOperation(op)}`);
}

/** What the text of the database holds and a schema does not, of the tables that were pulled. */
async function unsaidFacts(connection: Connection, schema: SchemaDef): Promise<readonly string[]> {
  const names = new Set(Object.values(schema.tables).map(({ name }) => name));
  const facts = (await connection.dialect.listUnsaid?.(connection)) ?? [];
  const shown = new Map<string, readonly string[]>();
  for (const { table, what } of facts) if (names.has(table)) shown.set(what, [...(shown.get(what) ?? []), table]);
  return [...shown].map(
    ([what, tables]) => `not in the models: table${tables.length === 1 ? "" : "s"} ${tables.join(", ")}: ${what}`,
  );
}

/** Makes the database of the models, and compares that. */
async function tryOut(
  environment: Environment,
  connection: Connection,
  { found, wanted, options }: { found: SchemaDef; wanted: SchemaDef; options: PullOptions },
): Promise<{ readonly differences: readonly string[]; readonly notes: readonly string[] }> {
  await using scratch = await openScratch(environment, connection.dialect, { scratch: options.scratch }).catch(
    unlessRefused,
  );
  if (scratch === null) {
    return {
      differences: [],
      notes: [
        "the role may not make a scratch database, so the models were compared and not made: allow it with `ALTER ROLE … CREATEDB`, or name an empty database with --scratch",
      ],
    };
  }
  try {
    await runOperations(environment, scratch, diffSchemas(EMPTY_SCHEMA, wanted));
  } catch (error) {
    if (!(error instanceof TsMigrateError)) throw error;
    return { differences: [`the models cannot be made in an empty database: ${error.message}`], notes: [] };
  }
  const made = await introspectAll(environment, scratch, options.privileges);
  return { differences: await compare(environment, connection, found, made), notes: [] };
}

function unlessRefused(error: unknown): null {
  if (error instanceof ScratchRefusedError) return null;
  throw error;
}

/** A database that revisions we do not have were run on cannot get a first one. */
function refuseStamped(graph: RevisionGraph, heads: readonly string[]): void {
  if (heads.length === 0) return;
  const names = heads.map((id) => `'${id}'`).join(", ");
  throw new DatabaseBehindError(`the database is at ${names}, which no file declares`, {
    current: heads,
    heads: graph.realHeads,
    hint: "Get the code that has them, or run `tsmigrate pull --no-baseline`.",
  });
}

function emptyNotes(
  { description }: Connection,
  leftOut: readonly string[],
  wantsBaseline: boolean,
): readonly string[] {
  const why =
    leftOut.length === 0 ? `'${description}' holds nothing that models say` : "all that was found had to be left out";
  return [
    `${why}, so the models are empty; look whether --url, --schema and \`includeObject\` name what you mean`,
    ...(wantsBaseline ? ["no baseline was written, as there is nothing to make"] : []),
  ];
}

function notesOf(graph: RevisionGraph, { baseline, schemas, tables }: PullOptions): readonly string[] {
  return [
    ...(baseline && graph.nodes.length > 0
      ? ["there are revisions already, so no baseline was written; `tsmigrate check` compares the models"]
      : []),
    ...(schemas.length > 0 || tables.length > 0
      ? [
          "the models say a part of the database: set `includeObject` in the config, so that autogenerate leaves the rest alone",
        ]
      : []),
  ];
}

async function writeBaseline(environment: Environment, graph: RevisionGraph, schema: SchemaDef) {
  const { revision, path } = await writeRevision(environment, graph, {
    message: "baseline",
    downRevisions: [],
    branchLabels: [],
    dependsOn: [],
    versionPath: environment.config.versionLocations[0],
    id: undefined,
    operations: diffSchemas(EMPTY_SCHEMA, schema),
    before: EMPTY_SCHEMA,
  });
  await stamp(environment, [revision!], { purge: false });
  return { baseline: revision, baselinePath: path };
}
