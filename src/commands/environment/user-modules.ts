/** The user's files as modules: models and revisions, with our own package's names meaning this very copy. */
import { pathToFileURL } from "node:url";
import { RevisionFileError, UserModuleError } from "../../errors.js";
import { type MisspeltExport, misspeltExport, misspeltExportIn } from "../../revisions/misspelt-exports.js";
import type { RevisionModule, RevisionStep } from "../../revisions/revision.js";
import type { Operations } from "../../runtime/op.js";
import {
  type ImportOptions,
  importModule,
  importModules,
  importText,
  packageAliases,
  type UserModule,
} from "../../util/import-module.js";
import { packageFile } from "../../util/package-root.js";

/** What `tsmigrate`, `tsmigrate/schema` and `tsmigrate/config` mean in a user's file. */
export function userImportOptions(): ImportOptions {
  return { aliases: packageAliases(pathToFileURL(`${packageFile("dist")}/`), ".js") };
}

export function importUserModule(path: string): Promise<UserModule> {
  return importModule(path, userImportOptions());
}

/** One after the other, as one bundle: what several of them import is there once, as it is to the application. */
export async function importUserModules(paths: readonly string[]): Promise<readonly UserModule[]> {
  const loaded: UserModule[] = [];
  try {
    for (const load of await importModules(paths, userImportOptions())) loaded.push(await load());
  } catch (error) {
    throw await withMethodMeant(error);
  }
  return loaded;
}

/** `text().notNul()` is to Node.js no more than something that is no function. */
async function withMethodMeant(error: unknown): Promise<unknown> {
  if (!(error instanceof UserModuleError) || error.hint !== undefined) return error;
  const name = /\.([\w$]+) is not a function/.exec(error.message)?.[1];
  if (name === undefined) return error;
  // Whatever the models use of the language, these know all its methods.
  await Promise.all([import("../../model/column.js"), import("../../model/table-items.js")]);
  const { nearestMethod } = await import("../../model/checked-calls.js");
  const meant = nearestMethod(name);
  const { path, cause, message } = error;
  return meant === undefined
    ? error
    : new UserModuleError(message, { path, cause, hint: `Did you mean \`.${meant}()\` instead of \`.${name}()\`?` });
}

/** The file as it would be with another text. */
export function importUserText(path: string, text: string): Promise<UserModule> {
  return importText(path, text, userImportOptions());
}

/** By revision id; each loads its module when it is called. */
export type StepModules = ReadonlyMap<string, () => Promise<RevisionModule<Operations>>>;

/**
 * Loads what the steps run, all in one go, so that a file that cannot be read or misspells a name is found before the
 * first step.
 *
 * @throws RevisionFileError naming file, line and column
 */
export async function loadStepModules(steps: readonly RevisionStep[]): Promise<StepModules> {
  const paths = steps.map((step) => step.revision.path);
  for (const { revision } of steps) refuseMisspelt(misspeltExportIn(revision.source ?? ""), revision.path);
  const loaders = await asRevisionErrors(importModules(paths, userImportOptions()));
  return new Map(
    steps.map((step, at) => [
      step.revision.id,
      async () => revisionModule(await asRevisionErrors(loaders[at]!()), step),
    ]),
  );
}

/** A module that does not hold what its header promised, or lacks a function that is to run. */
function revisionModule(module: UserModule, step: RevisionStep): RevisionModule<Operations> {
  const { id, path } = step.revision;
  refuseMisspelt(misspeltExport(Object.keys(module)), path);
  if (module.revision !== undefined && module.revision !== id) {
    throw new RevisionFileError(`'${path}' says that it is '${id}', and exports '${String(module.revision)}'`, {
      path,
    });
  }
  for (const name of ["upgrade", "downgrade"] as const) {
    const value = module[name];
    if (typeof value === "function" || (value === undefined && name !== step.direction)) continue;
    throw new RevisionFileError(`'${path}' exports no function '${name}'`, {
      path,
      hint: `Write \`export async function ${name}(op: Operations): Promise<void> {}\` into it.`,
    });
  }
  return module as unknown as RevisionModule<Operations>;
}

function refuseMisspelt(found: MisspeltExport | null, path: string): void {
  if (found === null) return;
  throw new RevisionFileError(`'${path}' exports '${found.name}', which nothing reads`, {
    path,
    hint: `Did you mean '${found.meant}'? Give a value of your own a name that is not so near to it.`,
  });
}

async function asRevisionErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserModuleError)) throw error;
    throw new RevisionFileError(error.message, { path: error.path, cause: error, hint: error.hint });
  }
}
