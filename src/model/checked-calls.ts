/** Calls of the models' words, each with a look at what it is given. */
import { ModelInvalidError } from "../errors.js";
import { nearest } from "../util/nearest.js";
import { type Argument, checkOf, isPlainObject, optional, wrongCall } from "./call-arguments.js";

/** The options of a call, looked at one by one by `knownOptions`. */
export const settings: Argument = {
  name: "options",
  optional: false,
  expected: checkOf("an object of options", isPlainObject),
};
export const someSettings = optional(settings);

/**
 * `name` as it is called: `.references`.
 *
 * @throws ModelInvalidError for a call whose arguments do not fit
 */
export function checkCall(
  name: string,
  takes: readonly Argument[],
  given: readonly unknown[],
  hint = "Your editor shows the arguments; `node_modules/tsmigrate/README.md` has examples of models.",
): void {
  const wrong = wrongCall(name, takes, given);
  if (wrong !== null) throw new ModelInvalidError(wrong, { hint });
}

type Method = (this: unknown, ...given: unknown[]) => unknown;

function looking(name: string, takes: readonly Argument[], method: Method): Method {
  return function look(this: unknown, ...given: unknown[]) {
    checkCall(name, takes, given);
    return method.apply(this, given);
  };
}

const known = new Set<string>();

/** The method that somebody may have meant who called one that no builder has. */
export function nearestMethod(name: string): string | undefined {
  return known.has(name) ? undefined : nearest(name, known);
}

/** The methods of a builder, each with a look at what it is given. */
export function checkedMethods<M extends object>(
  methods: M,
  takes: { readonly [K in keyof M]: readonly Argument[] },
): M {
  for (const name of Object.keys(methods)) known.add(name);
  const looked = Object.entries(methods).map(([name, method]: readonly [string, Method]) => [
    name,
    looking(`.${name}`, takes[name as keyof M], method),
  ]);
  return Object.fromEntries(looked) as M;
}
