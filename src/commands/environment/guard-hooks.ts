/**
 * The functions of a config, so that what is wrong with one is told by its key: what it throws is a mistake in the user's
 * file and none of ours, and what it gives is looked at before it is taken for an answer.
 */
import { describeValue, isObject } from "../../config/check-value.js";
import type { KyselyFamily, ResolvedConfig } from "../../config/config.js";
import { ConfigInvalidError, TsMigrateError } from "../../errors.js";
import type { NamingConvention } from "../../schema/naming.js";
import { displayPath, hookError } from "../../util/user-module-error.js";

interface Place {
  readonly key: string;
  /** The config file, where there is one. */
  readonly path: string | undefined;
}

/** Says what the answer must be, or null for a good one. */
type Judge = (answer: unknown) => string | null;

/** The config with its functions guarded; `onStep` and the post-write hooks are told of where they run. */
export function guardHooks(config: ResolvedConfig, path: string | undefined): ResolvedConfig {
  const hook = <F extends ((...given: never[]) => unknown) | undefined>(key: string, run: F, judge: Judge): F =>
    run === undefined ? run : (guarded(run, { key, path }, judge) as unknown as F);
  const dialect = (given: KyselyFamily): KyselyFamily => ({
    ...given,
    kysely: hook("dialect.kysely", given.kysely, aDialect),
  });
  return {
    ...config,
    dialect: typeof config.dialect === "object" ? dialect(config.dialect) : config.dialect,
    connect: hook("connect", config.connect, aDatabase),
    namingConvention: guardedNames(config.namingConvention, hook),
    includeObject: hook("includeObject", config.includeObject, noPromise),
    onOperations: hook("onOperations", config.onOperations, operations),
    compareType: hook("compareType", config.compareType, noPromise),
    compareDefault: hook("compareDefault", config.compareDefault, noPromise),
  };
}

/** `connect` and `onOperations` may give a promise, which is judged by what it holds. */
const MAY_WAIT = ["connect", "onOperations"];

function guarded(
  run: (...given: never[]) => unknown,
  place: Place,
  judge: Judge,
): (...given: readonly unknown[]) => unknown {
  const judged = (answer: unknown) => {
    const wanted = judge(answer);
    if (wanted === null) return answer;
    throw new ConfigInvalidError(`'${place.key}'${inFile(place.path)} must give ${wanted}`, place);
  };
  const failed = (error: unknown): never => {
    throw error instanceof TsMigrateError ? error : hookError(place.key, place.path, error);
  };
  return (...given) => {
    try {
      const answer = run(...(given as never[]));
      return MAY_WAIT.includes(place.key) && isPromise(answer)
        ? Promise.resolve(answer).then(judged).catch(failed)
        : judged(answer);
    } catch (error) {
      return failed(error);
    }
  };
}

type Hook = <F extends ((...given: never[]) => unknown) | undefined>(key: string, run: F, judge: Judge) => F;

function guardedNames(names: NamingConvention, hook: Hook): NamingConvention {
  const rules = Object.entries(names).map(([kind, rule]) => [
    kind,
    typeof rule === "function" ? hook(`namingConvention.${kind}`, rule, aName) : rule,
  ]);
  return Object.fromEntries(rules);
}

const noPromise: Judge = (answer) =>
  isPromise(answer) ? "its answer at once, but gives a promise: take `async` away" : null;

const aName: Judge = (answer) =>
  typeof answer === "string" && answer !== "" ? null : `a name, but gives ${describeValue(answer)}`;

/** Nothing at all leaves it to the URL. */
const aDatabase: Judge = (answer) => {
  const isKysely = typeof (answer as { readonly getExecutor?: unknown } | null | undefined)?.getExecutor === "function";
  const isUrl = typeof answer === "string" && answer.trim() !== "";
  return answer === undefined || isUrl || isKysely ? null : `a URL or a Kysely, but gives ${describeValue(answer)}`;
};

const aDialect: Judge = (answer) =>
  typeof (answer as { readonly createDriver?: unknown } | null | undefined)?.createDriver === "function"
    ? null
    : `a Kysely dialect, but gives ${describeValue(answer)}`;

const operations: Judge = (answer) => {
  if (answer === undefined) return null;
  if (!Array.isArray(answer)) return `a list of operations or nothing, but gives ${describeValue(answer)}`;
  const at = answer.findIndex((op) => !isObject(op) || typeof op.kind !== "string");
  return at < 0 ? null : `a list of operations, but number ${at + 1} of it is none`;
};

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

function inFile(path: string | undefined): string {
  return path === undefined ? "" : ` in '${displayPath(path)}'`;
}
