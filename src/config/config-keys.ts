/** Every key of the config, and what it may hold. */

import { MANAGED_KINDS } from "../schema/managed-kinds.js";
import { nearest } from "../util/nearest.js";
import {
  byKind,
  type Check,
  callable,
  count,
  flag,
  listOf,
  milliseconds,
  oneOf,
  recordOf,
  shape,
  text,
} from "./check-value.js";
import type { EnvironmentConfig, UserConfig } from "./config.js";

/** Numbers of a calendar have two digits, `year` four; `epoch` is in seconds. */
export const FILE_NAME_TOKENS = ["rev", "slug", "epoch", "year", "month", "day", "hour", "minute", "second"] as const;

const NAMING_TOKENS = ["table", "columns", "target"] as const;

/** A text in which only these words stand in braces. */
function template(tokens: readonly string[]): Check {
  return (value, key) => {
    const wrong = text(value, key);
    if (wrong !== null) return wrong;
    for (const [, token] of (value as string).matchAll(/\{([^{}]*)\}/g)) {
      if (tokens.includes(token!)) continue;
      const near = nearest(token!, tokens);
      const known = tokens.map((name) => `{${name}}`).join(" ");
      const hint = near === undefined ? `The placeholders are ${known}.` : `Did you mean '{${near}}'?`;
      return { key, message: `holds the unknown placeholder '{${token}}'`, hint };
    }
    return null;
  };
}

const fileTemplate: Check = (value, key) => {
  const wrong = template(FILE_NAME_TOKENS)(value, key);
  if (wrong !== null) return wrong;
  const parts = (value as string).split(/[\\/]/);
  const leaves = parts.some((part) => part === ".." || part === "") || /^[a-z]:/i.test(parts[0]!);
  return leaves ? { key, message: "must name a file within the folder of revisions", hint: undefined } : null;
};

const timezone: Check = (value, key) => {
  const wrong = text(value, key);
  if (wrong !== null || knownTimezone(value as string) !== undefined) return wrong;
  return {
    key,
    message: `is no known time zone: '${value}'`,
    hint: "Use an IANA name, as in 'Europe/Berlin' or 'UTC'.",
  };
};

/** Gives the name as it is known, in upper case where only that is one, or undefined. */
export function knownTimezone(name: string): string | undefined {
  return [name, name.toUpperCase()].find((timeZone) => {
    try {
      return timeZone === "UTC" || Boolean(new Intl.DateTimeFormat("en", { timeZone }));
    } catch {
      return false;
    }
  });
}

const onlyFalse: Check = (value, key) =>
  value === false ? null : { key, message: "must be false or an object, but is true", hint: undefined };

const nameRule = byKind("a text or a function", { text: template(NAMING_TOKENS), function: callable });
const target = byKind("a URL or an object", {
  text,
  object: shape({
    name: text,
    url: text,
    directUrl: text,
    schema: text,
    searchPath: listOf(text, "names"),
    args: recordOf(argument, "texts"),
  }),
});
const family = shape({ family: oneOf(["sqlite", "postgres"]), kysely: callable }, ["family", "kysely"]);
const hook = byKind("an object with a command, or a function", {
  function: callable,
  object: shape({ command: text, args: listOf(argument, "texts"), cwd: text }, ["command"]),
});

/** Unlike other texts, one of a command line may be empty. */
function argument(value: unknown, key: string): ReturnType<Check> {
  return typeof value === "string" ? null : text(value, key);
}

function ruleSeverities(value: unknown, key: string): ReturnType<Check> {
  const wrong = recordOf(oneOf(["off", "info", "warning", "error"]), "severities")(value, key);
  if (wrong !== null) return wrong;
  const name = Object.keys(value as object).find((rule) => !/^[A-Z]{2}\d{3}$/.test(rule));
  if (name === undefined) return null;
  return { key: `${key}.${name}`, message: "is not the code of a rule", hint: "Rules are named as in 'LK201'." };
}

const ALWAYS = ["table", "column", "index", "constraint", "enum", "view", "schema"];

function managedKind(value: unknown, key: string): ReturnType<Check> {
  if (typeof value !== "string" || value.trim() === "") return text(value, key);
  if (ALWAYS.includes(value.replace(/s$/, ""))) {
    return { key, message: `is '${value}', which is always compared`, hint: "Leave it out." };
  }
  if ((MANAGED_KINDS as readonly string[]).includes(value)) return null;
  const near = nearest(value, MANAGED_KINDS);
  const hint = near === undefined ? `The kinds are ${MANAGED_KINDS.join(", ")}.` : `Did you mean '${near}'?`;
  return { key, message: `is no known kind: '${value}'`, hint };
}

export const ENVIRONMENT_KEYS: { readonly [K in keyof Required<EnvironmentConfig>]: Check } = {
  directory: text,
  url: text,
  models: byKind("a path or a list of paths", { text, list: listOf(text, "paths") }),
  dialect: byKind("'sqlite', 'postgres' or an object", { text: oneOf(["sqlite", "postgres"]), object: family }),
  directUrl: text,
  role: text,
  schemas: listOf(text, "names"),
  connect: callable,
  versionTable: text,
  versionTableSchema: text,
  versionLocations: nonEmpty(listOf(text, "paths")),
  recursiveVersionLocations: flag,
  fileTemplate,
  truncateSlugLength: count,
  timezone,
  headsFile: flag,
  requireMessage: flag,
  postWriteHooks: listOf(hook, "hooks"),
  transaction: oneOf(["per-revision", "all", "none"]),
  lockTimeout: milliseconds,
  statementTimeout: milliseconds,
  ddlLockTimeout: milliseconds,
  maxReplicationLag: milliseconds,
  retry: byKind("false or an object", {
    boolean: onlyFalse,
    object: shape({ attempts: count, budget: milliseconds }),
  }),
  namingConvention: shape({
    primaryKey: nameRule,
    unique: nameRule,
    index: nameRule,
    foreignKey: nameRule,
    check: nameRule,
    exclude: nameRule,
  }),
  includeObject: callable,
  manage: listOf(managedKind, "kinds"),
  drizzle: shape({ casing: oneOf(["snake_case", "camelCase"]) }),
  onOperations: callable,
  onStep: callable,
  compareType: callable,
  compareDefault: callable,
  online: flag,
  lint: shape({ rules: ruleSeverities, strict: flag }),
  scratch: text,
  targets: byKind("a list of targets or a function that gives one", {
    list: listOf(target, "targets"),
    function: callable,
  }),
  concurrency: count,
};

export const CONFIG_KEYS: { readonly [K in keyof Required<UserConfig>]: Check } = {
  ...ENVIRONMENT_KEYS,
  environments: recordOf(shape(ENVIRONMENT_KEYS), "environments"),
};

/** Checks what a function gave as `targets`. */
export const checkTargets: Check = listOf(target, "targets");

/** Checks a whole config. */
export const checkConfig: Check = shape(CONFIG_KEYS);

function nonEmpty(check: Check): Check {
  return (value, key) =>
    Array.isArray(value) && value.length === 0
      ? { key, message: "must not be an empty list", hint: undefined }
      : check(value, key);
}
