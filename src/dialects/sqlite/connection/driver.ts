/** Finds and loads better-sqlite3, and says in a sentence what is wrong when it cannot be used. */
import { DriverMissingError } from "../../../errors.js";
import { type ResolvedPackage, resolvePackage } from "../../../util/resolve-package.js";
import type { DatabaseConstructor } from "./engine.js";
import { fitsRange } from "./node-range.js";

const NAME = "better-sqlite3";

export interface SqliteDriver {
  readonly Database: DatabaseConstructor;
  /** The file that `require` loads, for a worker thread. */
  readonly entry: string;
}

/**
 * Loads the driver from the user's project first.
 *
 * @throws {@link DriverMissingError} when it is not installed, not made for this Node.js, or has no native binding.
 */
export function loadDriver(resolveFrom: readonly string[]): SqliteDriver {
  const places = JSON.stringify(resolveFrom);
  const driver = loaded.get(places) ?? findDriver(resolveFrom);
  loaded.set(places, driver);
  return driver;
}

/** By the folders it was looked for from: of a thousand databases each would look for it, and try it, again. */
const loaded = new Map<string, SqliteDriver>();

function findDriver(resolveFrom: readonly string[]): SqliteDriver {
  const found = resolvePackage(NAME, resolveFrom);
  if (found === null) {
    throw new DriverMissingError(`the package '${NAME}' is not installed`, {
      driver: NAME,
      hint: `Run \`npm install ${NAME}\`.`,
    });
  }
  refuseWrongNode(found, process.versions.node);
  try {
    const Database: DatabaseConstructor = found.require(NAME);
    // The native part is loaded by the first database, so that a broken one shows here and not as a broken file.
    new Database(":memory:", { readonly: false, fileMustExist: false, timeout: 0 }).close();
    return {
      Database,
      get entry() {
        return found.require.resolve(NAME);
      },
    };
  } catch (cause) {
    throw brokenDriver(found, cause);
  }
}

/**
 * Looked at before anything is loaded: version 13 does not throw on Node.js 20, it ends the process.
 *
 * @throws {@link DriverMissingError}
 */
export function refuseWrongNode(found: Pick<ResolvedPackage, "version" | "engines">, nodeVersion: string): void {
  if (found.engines === undefined || fitsRange(nodeVersion, found.engines)) return;
  const major = Number(nodeVersion.split(".")[0]);
  const hint =
    major < 22 ? `Run \`npm install ${NAME}@12\`, or use a newer Node.js.` : `Run \`npm install ${NAME}@latest\`.`;
  throw new DriverMissingError(`${NAME} ${found.version} needs Node.js ${found.engines}, this is ${nodeVersion}`, {
    driver: NAME,
    hint,
  });
}

/** The sentence for a package that is there and does not load. */
export function brokenDriver(
  found: Pick<ResolvedPackage, "version" | "directory">,
  cause: unknown,
): DriverMissingError {
  const message = cause instanceof Error ? cause.message : String(cause);
  const otherNode = /NODE_MODULE_VERSION|compiled against a different Node/i.test(message);
  const noBinding = /bindings file|Cannot find module|native|\.node\b|dlopen/i.test(message);
  const what = otherNode
    ? `${NAME} ${found.version} was built for another version of Node.js`
    : noBinding
      ? `${NAME} ${found.version} is installed without its native binding`
      : `${NAME} ${found.version} cannot be loaded: ${message.split("\n")[0]}`;
  return new DriverMissingError(what, {
    driver: NAME,
    cause,
    hint: otherNode
      ? `Run \`npm rebuild ${NAME}\`.`
      : `Run \`npm install-scripts approve ${NAME}\` (npm 11 holds install scripts back until then), then \`npm rebuild ${NAME}\`.`,
  });
}
