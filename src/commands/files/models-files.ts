/** The files of a models module: where they go, what must not be overwritten, and whether they say what they should. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, extname, join, relative, sep } from "node:path";
import { UsageError } from "../../errors.js";
import type { ModelsFile } from "../../render/render-models.js";
import { stringLiteral } from "../../render/source.js";
import { importUserModule } from "../environment/user-modules.js";
import { listTemplates, templateText } from "./templates.js";

export interface ModelsText {
  /** Absolute. */
  readonly path: string;
  readonly text: string;
}

/**
 * One file at `path`; or one for each schema in a folder of its name, and `path` that gives them all. `defaultSchema` is
 * the name of the part that has none.
 */
export function placeModels(path: string, files: readonly ModelsFile[], defaultSchema: string): readonly ModelsText[] {
  const [only] = files;
  if (only !== undefined && files.length === 1) return [{ path, text: only.text }];
  const extension = extname(path);
  const folder = basename(path, extension);
  const used = new Set<string>();
  const parts = files.map(({ part, text }) => {
    const name = freeName(fileName(part ?? defaultSchema), used);
    return { path: join(dirname(path), folder, `${name}${extension}`), text };
  });
  const specifier = (part: ModelsText) => {
    const below = relative(dirname(path), part.path).split(sep).join("/");
    return stringLiteral(`./${below.replace(/\.([cm]?)ts$/, ".$1js")}`);
  };
  const head = files[0]!.text.split("\n")[0]!;
  const text = [head, ...parts.map((part) => `export * from ${specifier(part)};`)].join("\n");
  return [{ path, text: `${text}\n` }, ...parts];
}

/** A schema may be named as it likes; a file may not. */
function fileName(schema: string): string {
  const name = schema.toLowerCase().replace(/[^a-z0-9_]+/g, "_");
  return name === "" || /^(?:con|prn|aux|nul|com\d|lpt\d)$/.test(name) ? `schema_${name}` : name;
}

function freeName(name: string, used: Set<string>): string {
  let free = name;
  for (let count = 2; used.has(free); count += 1) free = `${name}_${count}`;
  used.add(free);
  return free;
}

/** A file that `init` wrote and nobody has touched may go. @throws UsageError */
export function refuseToOverwrite(path: string): void {
  if (!existsSync(path) || isUntouchedTemplate(path)) return;
  throw new UsageError(`'${basename(path)}' is there already`, {
    hint: "Overwrite it with `tsmigrate pull --force`, or write to another file with `--out <file>`.",
  });
}

function isUntouchedTemplate(path: string): boolean {
  const text = readFileSync(path, "utf8").replaceAll("\r\n", "\n");
  return listTemplates().some(({ name }) => templateText(name, "models.ts.tpl") === text);
}

/** Loads the texts as the project would, from a folder that is removed again. */
export async function tryModels<T>(
  files: readonly ModelsText[],
  use: (module: Readonly<Record<string, unknown>>) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "tsmigrate-pull-"));
  try {
    const home = dirname(files[0]!.path);
    const place = (path: string) => join(folder, relative(home, path));
    for (const { path, text } of files) {
      mkdirSync(dirname(place(path)), { recursive: true });
      writeFileSync(place(path), text);
    }
    return await use(await importUserModule(place(files[0]!.path)));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Each file is there as a whole or not at all. @throws UsageError */
export function writeModels(files: readonly ModelsText[], force: boolean): void {
  if (!force) for (const { path } of files) refuseToOverwrite(path);
  for (const { path, text } of files) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.tmp`, text);
      renameSync(`${path}.tmp`, path);
    } catch (cause) {
      throw new UsageError(`cannot write '${path}': ${(cause as Error).message}`, { cause });
    }
  }
}
