import { isAbsolute, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { UserConfig } from "../../../src/config/config.js";
import { CONFIG_KEYS } from "../../../src/config/config-keys.js";
import { type ResolveOptions, resolveConfig } from "../../../src/config/resolve-config.js";
import { ConfigInvalidError } from "../../../src/errors.js";

const BASE = resolve("/project");
const CWD = resolve("/elsewhere");
const PATH = join(BASE, "migrate.config.ts");

const solve = (config: unknown, options: Partial<ResolveOptions> = {}) =>
  resolveConfig(config as UserConfig, { baseDirectory: BASE, cwd: CWD, env: {}, path: PATH, ...options });

function errorOf(config: unknown, options: Partial<ResolveOptions> = {}): ConfigInvalidError {
  try {
    solve(config, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigInvalidError);
    return error as ConfigInvalidError;
  }
  throw new Error("it is accepted");
}

describe("an empty config", () => {
  it("has every default of the contract", () => {
    expect(solve({})).toEqual({
      baseDirectory: BASE,
      directory: join(BASE, "migrations"),
      url: undefined,
      models: [],
      dialect: undefined,
      directUrl: undefined,
      role: undefined,
      schemas: [],
      connect: undefined,
      versionTable: "tsmigrate_version",
      versionTableSchema: undefined,
      versionLocations: [join(BASE, "migrations", "versions")],
      recursiveVersionLocations: false,
      fileTemplate: "{rev}_{slug}",
      truncateSlugLength: 40,
      timezone: "UTC",
      headsFile: true,
      requireMessage: true,
      postWriteHooks: [],
      transaction: "per-revision",
      lockTimeoutMilliseconds: 60_000,
      statementTimeoutMilliseconds: 0,
      ddlLockTimeoutMilliseconds: 2_000,
      maxReplicationLagMilliseconds: 10_000,
      retry: { attempts: 30, budgetMilliseconds: 300_000 },
      namingConvention: {},
      includeObject: undefined,
      manage: undefined,
      drizzle: {},
      onOperations: undefined,
      onStep: undefined,
      compareType: undefined,
      compareDefault: undefined,
      online: true,
      lint: { rules: {}, strict: false },
      scratch: undefined,
      targets: undefined,
      concurrency: 4,
    });
  });

  it("is the same as one whose keys are all undefined", () => {
    const keys = Object.fromEntries(Object.keys(CONFIG_KEYS).map((key) => [key, undefined]));
    expect(solve(keys)).toEqual(solve({}));
  });
});

describe("paths", () => {
  it("start at the folder of the config", () => {
    const config = solve({
      directory: "db/migrations",
      models: ["./models.ts", "../shared/schema.sql", "postgres://host/db", "sqlite:///./wanted.db"],
      versionLocations: ["db/a", "/abs/b"],
      postWriteHooks: [
        { command: "prettier", args: ["--write"] },
        { command: "x", cwd: "tools" },
      ],
      scratch: "sqlite:///./scratch.db",
      directUrl: "postgres://direct/db",
    });
    expect(config).toMatchObject({
      directory: join(BASE, "db/migrations"),
      models: [
        join(BASE, "models.ts"),
        resolve(BASE, "../shared/schema.sql"),
        "postgres://host/db",
        "sqlite:///./wanted.db",
      ],
      versionLocations: [join(BASE, "db/a"), resolve("/abs/b")],
      postWriteHooks: [
        { command: "prettier", args: ["--write"], cwd: BASE },
        { command: "x", cwd: join(BASE, "tools") },
      ],
      scratch: { text: "sqlite:///./scratch.db", baseDirectory: BASE },
      directUrl: { text: "postgres://direct/db", baseDirectory: BASE },
    });
    expect(solve({ directory: "x" }).versionLocations).toEqual([join(BASE, "x", "versions")]);
    expect(isAbsolute(solve({ models: "models.ts" }).models[0]!)).toBe(true);
  });
});

describe("the url", () => {
  const env = { DATABASE_URL: "sqlite:///./env.db" };
  it.each([
    [
      "given",
      { url: "a.db" },
      { env, url: "sqlite:///./given.db" },
      { text: "sqlite:///./given.db", baseDirectory: CWD },
    ],
    ["of the config", { url: "sqlite:///./own.db" }, { env }, { text: "sqlite:///./own.db", baseDirectory: BASE }],
    ["of DATABASE_URL", { url: undefined }, { env }, { text: "sqlite:///./env.db", baseDirectory: CWD }],
    ["of an empty DATABASE_URL", {}, { env: { DATABASE_URL: " " } }, undefined],
  ])("%s comes with the folder its path starts from", (_, config, options, expected) => {
    expect(solve(config, options).url).toEqual(expected);
  });

  it("that is given takes every other way to a database out", () => {
    const config = { url: "a.db", directUrl: "b.db", connect: () => "c.db", targets: ["d.db"], role: "owner" };
    expect(solve(config, { url: "e.db" })).toMatchObject({
      directUrl: undefined,
      connect: undefined,
      targets: undefined,
      role: "owner",
    });
  });

  it("must not be given empty", () => {
    expect(errorOf({}, { url: "" })).toMatchObject({ key: "url", message: "the given database URL is empty" });
  });
});

describe("an environment", () => {
  const config: UserConfig = {
    url: "dev.db",
    directUrl: "direct.db",
    lockTimeout: 1,
    role: "dev",
    environments: {
      production: { url: "prod.db", lockTimeout: 300_000, directory: "prod", role: undefined },
      staging: { lockTimeout: 2 },
      unset: { url: process.env.NO_SUCH_VARIABLE },
    },
  };

  it("overrides any key, and leaves the others", () => {
    expect(solve(config, { environment: "production" })).toMatchObject({
      url: { text: "prod.db", baseDirectory: BASE },
      lockTimeoutMilliseconds: 300_000,
      directory: join(BASE, "prod"),
      role: "dev",
    });
    expect(solve(config, { environment: "staging" })).toMatchObject({
      url: { text: "dev.db" },
      directUrl: { text: "direct.db" },
      lockTimeoutMilliseconds: 2,
    });
  });

  it("with another url does not keep the direct url of the first database", () => {
    expect(solve(config, { environment: "production" }).directUrl).toBeUndefined();
  });

  it("whose url is undefined does not fall back to another database", () => {
    const error = errorOf(config, { environment: "unset", env: { DATABASE_URL: "other.db" } });
    expect(error).toMatchObject({ key: "environments.unset.url", path: PATH });
    expect(error.message).toBe("'environments.unset.url' is undefined, so it is not known which database is meant");
    expect(solve(config, { environment: "unset", url: "given.db" }).url!.text).toBe("given.db");
  });

  it("that is unknown is told with the known ones", () => {
    expect(errorOf(config, { environment: "prodution" })).toMatchObject({
      message: "the config has no environment 'prodution'",
      key: "environments.prodution",
      hint: "Did you mean 'production'? It has 'production', 'staging', 'unset'.",
    });
    expect(errorOf({}, { environment: "x" }).hint).toBe("The config has no `environments`.");
    expect(errorOf(config, { environment: "toString" }).hint).toBe("It has 'production', 'staging', 'unset'.");
  });

  it("is checked even when another one is chosen", () => {
    const wrong = { environments: { a: {}, b: { lockTimeout: "5s" } } };
    expect(errorOf(wrong, { environment: "a" }).key).toBe("environments.b.lockTimeout");
  });
});

describe("a wrong value", () => {
  const secret = "postgres://user:secret@host/db";
  const cases: readonly (readonly [string, unknown, string, string?])[] = [
    ["locktimeout", { locktimeout: 1 }, "is not a known key", "Did you mean 'lockTimeout'?"],
    ["modles", { modles: "x" }, "is not a known key", "Did you mean 'models'?"],
    ["zzz", { zzz: 1 }, "is not a known key"],
    ["__proto__", JSON.parse(`{ "__proto__": 1 }`), "is not a known key"],
    ["constructor", { constructor: 1 }, "is not a known key"],
    [
      "environments.production.urll",
      { environments: { production: { urll: secret } } },
      "is not a known key",
      "Did you mean 'url'?",
    ],
    ["environments.a.environments", { environments: { a: { environments: {} } } }, "is not a known key"],
    ["environments", { environments: ["a"] }, "must be an object of environments, but is a list"],
    ["environments.a", { environments: { a: secret } }, "must be an object, but is a text"],
    ["directory", { directory: "" }, "must be a text, but is an empty text"],
    ["url", { url: 5 }, "must be a text, but is the number 5"],
    ["url", { url: null }, "must be a text, but is null"],
    ["url", { url: new URL(secret) }, "must be a text, but is an object"],
    ["models", { models: { a: 1 } }, "must be a path or a list of paths, but is an object"],
    ["models[1]", { models: ["a", 1] }, "must be a text, but is the number 1"],
    [
      "dialect",
      { dialect: "postgre" },
      "must be one of 'sqlite', 'postgres', but is a text",
      "Did you mean 'postgres'?",
    ],
    ["dialect", { dialect: secret }, "must be one of 'sqlite', 'postgres', but is a text"],
    ["dialect", { dialect: 1 }, "must be 'sqlite', 'postgres' or an object, but is the number 1"],
    ["dialect.kysely", { dialect: { family: "sqlite" } }, "is missing"],
    [
      "dialect.family",
      { dialect: { family: "mysql", kysely: () => null } },
      "must be one of 'sqlite', 'postgres', but is a text",
    ],
    ["dialect.kyseli", { dialect: { family: "sqlite", kyseli: 1 } }, "is not a known key", "Did you mean 'kysely'?"],
    ["directUrl", { directUrl: true }, "must be a text, but is true"],
    ["role", { role: [] }, "must be a text, but is a list"],
    ["schemas", { schemas: "public" }, "must be a list of names, but is a text"],
    ["schemas[0]", { schemas: [" "] }, "must be a text, but is an empty text"],
    ["connect", { connect: secret }, "must be a function, but is a text"],
    ["versionTable", { versionTable: 1 }, "must be a text, but is the number 1"],
    ["versionTableSchema", { versionTableSchema: 1 }, "must be a text, but is the number 1"],
    ["versionLocations", { versionLocations: [] }, "must not be an empty list"],
    ["versionLocations", { versionLocations: "a" }, "must be a list of paths, but is a text"],
    ["recursiveVersionLocations", { recursiveVersionLocations: "yes" }, "must be true or false, but is a text"],
    [
      "fileTemplate",
      { fileTemplate: "{rev}_{slgu}" },
      "holds the unknown placeholder '{slgu}'",
      "Did you mean '{slug}'?",
    ],
    ["fileTemplate", { fileTemplate: "../{rev}" }, "must name a file within the folder of revisions"],
    ["fileTemplate", { fileTemplate: "/{rev}" }, "must name a file within the folder of revisions"],
    ["truncateSlugLength", { truncateSlugLength: 0 }, "must be a whole number of 1 or more, but is the number 0"],
    [
      "timezone",
      { timezone: "Mars/Olympus" },
      "is no known time zone: 'Mars/Olympus'",
      "Use an IANA name, as in 'Europe/Berlin' or 'UTC'.",
    ],
    ["headsFile", { headsFile: 1 }, "must be true or false, but is the number 1"],
    ["requireMessage", { requireMessage: null }, "must be true or false, but is null"],
    ["postWriteHooks", { postWriteHooks: "prettier" }, "must be a list of hooks, but is a text"],
    [
      "postWriteHooks[0]",
      { postWriteHooks: ["prettier"] },
      "must be an object with a command, or a function, but is a text",
    ],
    ["postWriteHooks[0].command", { postWriteHooks: [{ args: [] }] }, "is missing"],
    [
      "postWriteHooks[0].args[1]",
      { postWriteHooks: [{ command: "x", args: ["", 1] }] },
      "must be a text, but is the number 1",
    ],
    [
      "postWriteHooks[0].arg",
      { postWriteHooks: [{ command: "x", arg: [] }] },
      "is not a known key",
      "Did you mean 'args'?",
    ],
    [
      "transaction",
      { transaction: "per-revisions" },
      "must be one of 'per-revision', 'all', 'none', but is a text",
      "Did you mean 'per-revision'?",
    ],
    [
      "lockTimeout",
      { lockTimeout: "60s" },
      "must be a whole number of milliseconds, but is a text",
      "Write one minute as 60_000.",
    ],
    [
      "statementTimeout",
      { statementTimeout: -1 },
      "must be a whole number of milliseconds, but is the number -1",
      "Write one minute as 60_000.",
    ],
    [
      "ddlLockTimeout",
      { ddlLockTimeout: Number.NaN },
      "must be a whole number of milliseconds, but is the number NaN",
      "Write one minute as 60_000.",
    ],
    [
      "maxReplicationLag",
      { maxReplicationLag: -1 },
      "must be a whole number of milliseconds, but is the number -1",
      "Write one minute as 60_000.",
    ],
    ["retry", { retry: true }, "must be false or an object, but is true"],
    ["retry.attempts", { retry: { attempts: 0 } }, "must be a whole number of 1 or more, but is the number 0"],
    [
      "retry.budget",
      { retry: { budget: 1.5 } },
      "must be a whole number of milliseconds, but is the number 1.5",
      "Write one minute as 60_000.",
    ],
    ["namingConvention.pk", { namingConvention: { pk: "x" } }, "is not a known key"],
    ["namingConvention.index", { namingConvention: { index: "ix_{cols}" } }, "holds the unknown placeholder '{cols}'"],
    [
      "namingConvention.unique",
      { namingConvention: { unique: 1 } },
      "must be a text or a function, but is the number 1",
    ],
    ["includeObject", { includeObject: {} }, "must be a function, but is an object"],
    ["drizzle.casing", { drizzle: { casing: "snake" } }, "must be one of 'snake_case', 'camelCase', but is a text"],
    ["manage[1]", { manage: ["function", 1] }, "must be a text, but is the number 1"],
    ["onOperations", { onOperations: [] }, "must be a function, but is a list"],
    ["onStep", { onStep: true }, "must be a function, but is true"],
    ["compareType", { compareType: 1 }, "must be a function, but is the number 1"],
    ["compareDefault", { compareDefault: "x" }, "must be a function, but is a text"],
    ["online", { online: "no" }, "must be true or false, but is a text"],
    [
      "lint.rules.LK201",
      { lint: { rules: { LK201: "warn" } } },
      "must be one of 'off', 'info', 'warning', 'error', but is a text",
    ],
    ["lint.strict", { lint: { strict: 1 } }, "must be true or false, but is the number 1"],
    ["scratch", { scratch: true }, "must be a text, but is true"],
    ["targets", { targets: secret }, "must be a list of targets or a function that gives one, but is a text"],
    ["targets[0].database", { targets: [{ database: "x" }] }, "is not a known key"],
    ["concurrency", { concurrency: 2.5 }, "must be a whole number of 1 or more, but is the number 2.5"],
  ];

  it.each(cases)("of %s is refused: %#", (key, config, message, hint) => {
    const error = errorOf(config);
    expect(error).toMatchObject({ key, path: PATH, message: `'${key}' in '${PATH}' ${message}` });
    if (hint !== undefined) expect(error.hint).toBe(hint);
    expect(`${error.message} ${error.hint}`).not.toContain("secret");
  });

  it("is tried for every key", () => {
    const tried = new Set(cases.map(([key]) => key.split(/[.[]/, 1)[0]));
    expect(Object.keys(CONFIG_KEYS).filter((key) => !tried.has(key))).toEqual([]);
  });

  it("is named without a file where there is none", () => {
    expect(errorOf({ lockTimeout: "" }, { path: undefined }).message).toMatch(/^'lockTimeout' must be /);
  });

  it("of the whole config is refused", () => {
    expect(errorOf("x").message).toBe(`the config in '${PATH}' must be an object, but is a text`);
  });
});

describe("a good value", () => {
  it("of every kind is taken as it is", () => {
    const same = () => undefined;
    const config = {
      dialect: { family: "sqlite" as const, kysely: same as never },
      schemas: ["billing"],
      connect: same as never,
      versionTable: "v",
      versionTableSchema: "s",
      fileTemplate: "{year}/{month}/{rev}_{slug}",
      timezone: "europe/berlin",
      retry: false as const,
      postWriteHooks: [same],
      namingConvention: { index: (parts: { readonly table: string }) => `i_${parts.table}`, check: "c_{columns}" },
      includeObject: () => true,
      manage: ["function", "event trigger"],
      drizzle: { casing: "snake_case" as const },
      onOperations: same,
      onStep: same,
      compareType: same,
      compareDefault: same,
      lint: { rules: { LK201: "off" as const }, strict: true },
      targets: ["a.db", { name: "b", url: "b.db" }, { schema: "c" }],
      concurrency: 1,
    };
    expect(solve(config)).toMatchObject({ ...config, retry: null });
    expect(solve({ retry: { attempts: 1 } }).retry).toEqual({ attempts: 1, budgetMilliseconds: 300_000 });
    expect(solve({ timezone: "est" }).timezone).toMatch(/est/i);
  });
});
