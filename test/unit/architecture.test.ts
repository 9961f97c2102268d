import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCE = join(import.meta.dirname, "../../src");

/** A file imports its own room and lower ranks. Rooms of one rank do not know each other. */
const RANKS: Readonly<Record<string, number>> = {
  errors: 0,
  util: 1,
  schema: 2,
  model: 3,
  operations: 3,
  "dialects/contract": 4,
  "dialects/sqlite": 5,
  "dialects/postgres": 5,
  diff: 5,
  render: 5,
  revisions: 5,
  config: 5,
  "dialects/registry": 6,
  runtime: 7,
  commands: 8,
  cli: 9,
  entry: 10,
};

/** Files directly in `dialects/`: what both dialects are built from; the registry knows both. */
const DIALECT_CONTRACT = [
  "privilege-keeping",
  "dialect",
  "database-url",
  "standard-ddl",
  "constraint-text",
  "sql-words",
  "kysely-connection",
  "script-connection",
];

/** Inside these rooms: a folder takes values from those before it, and files beside the folders from all of them. */
const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "dialects/sqlite": ["text", "connection", "catalog", "forms", "alter", "reconcile", "rebuild", "compile"],
  "dialects/postgres": ["text", "connection", "catalog", "scratch", "recovery", "compile", "reconcile"],
  commands: ["environment", "fleet", "sources", "compare", "files", "scripts", "guards"],
};

/** Each package has few homes. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  "better-sqlite3": [/^dialects\/sqlite\//],
  pg: [/^dialects\/postgres\//],
  // Types of it are wherever an application's own Kysely comes in.
  kysely: [
    /^dialects\//,
    /^model\//,
    /^runtime\/op/,
    /^config\/config\.ts$/,
    /^commands\/environment\/environment\.ts$/,
    /^migrator\.ts$/,
    /^util\/load-kysely\.ts$/,
  ],
  cosmiconfig: [/^config\//],
  commander: [/^cli\//],
  chalk: [/^cli\//],
  ora: [/^cli\//],
  esbuild: [/^util\//],
};

/** What belongs to the outermost room alone: printing, exiting, the arguments of the process, the clock, chance. */
const OUTER_ONLY = /\bprocess\.exit\b|\bprocess\.argv\b|\bconsole\.|\bDate\.now\b|\bMath\.random\b|\bnew Date\(\)/;
const OUTER_ROOMS = [/^cli\//, /^commands\/environment\/environment\.ts$/];

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function files(directory: string): readonly SourceFile[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const text = readFileSync(join(directory, name), "utf8");
      const imports = [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+"([^"]+)"|\bimport\("([^"]+)"\)/g)];
      return { path: name.split(sep).join("/"), text, imports: imports.map((match) => match[1] ?? match[2]!) };
    });
}

/** The files that a file imports values of, at once or later. */
function valueImports(file: SourceFile): readonly string[] {
  const statements = /(?:^|\n)\s*(?:import|export)\s+(?!type\b)([^;]*?)from\s+"(\.[^"]+)"|\bimport\("(\.[^"]+)"\)/g;
  return [...file.text.matchAll(statements)]
    .filter(([, names]) => names === undefined || !/^\{(?:\s*type\s[^,}]+,?)+\s*\}\s*$/.test(names))
    .map(([, , one, other]) => join(dirname(file.path), (one ?? other)!.replace(/\.js$/, ".ts")))
    .map((path) => path.split(sep).join("/"));
}

/** Files that come back to themselves by what they import: each with the way it takes. */
function circles(all: readonly SourceFile[]): readonly string[] {
  const imports = new Map(all.map((file) => [file.path, valueImports(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) found.push([...way.slice(way.indexOf(path)), path].join(" -> "));
    if (way.includes(path) || done.has(path)) return;
    for (const next of imports.get(path) ?? []) walk(next, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) walk(path, []);
  return found;
}

function roomOf(path: string): string {
  const parts = path.replace(/\.ts$/, "").split("/");
  if (parts.length === 1 && parts[0] !== "errors") return "entry";
  if (parts[0] !== "dialects") return parts[0]!;
  if (parts.length > 2) return `dialects/${parts[1]}`;
  return DIALECT_CONTRACT.includes(parts[1]!) ? "dialects/contract" : `dialects/${parts[1]}`;
}

/** Where a file of such a room stands among the folders; what is in none of them stands above them all. */
function floorOf(path: string): number | undefined {
  const order = FOLDERS[roomOf(path)];
  const folders = path
    .slice(roomOf(path).length + 1)
    .split("/")
    .slice(0, -1);
  return order === undefined ? undefined : folders.length === 0 ? order.length : order.indexOf(folders[0]!);
}

const sources = files(SOURCE);

describe("architecture", () => {
  it("finds the source", () => {
    expect(sources.length).toBeGreaterThan(60);
  });

  it("lets a file import its own room and lower ranks only", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const room = roomOf(file.path);
      const rank = RANKS[room];
      if (rank === undefined) wrong.push(`${file.path}: no rank for the room '${room}'`);
      for (const target of file.imports.filter((name) => name.startsWith("."))) {
        const path = relative(SOURCE, join(SOURCE, dirname(file.path), target.replace(/\.js$/, ".ts")))
          .split(sep)
          .join("/");
        if (!existsSync(join(SOURCE, path))) wrong.push(`${file.path} imports ${target}, which is not there`);
        const other = roomOf(path);
        if (other !== room && (RANKS[other] ?? 99) >= (rank ?? 0))
          wrong.push(`${file.path} (${room}) imports ${path} (${other})`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("lets a folder take values from those before it only", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      const floor = floorOf(file.path);
      if (floor === -1) wrong.push(`${file.path}: no place for its folder`);
      for (const target of floor === undefined ? [] : valueImports(file))
        if (roomOf(target) === roomOf(file.path) && floorOf(target)! > floor!)
          wrong.push(`${file.path} imports values of ${target}`);
    }
    expect(wrong).toEqual([]);
  });

  it("has no circle of files that import values of each other", () => {
    expect(circles(sources)).toEqual([]);
  });

  it("keeps each package in its rooms", () => {
    const wrong: string[] = [];
    for (const file of sources) {
      for (const name of file.imports.filter((target) => !target.startsWith("."))) {
        if (name.startsWith("node:") || builtinModules.includes(name)) continue;
        const homes = PACKAGES[name];
        if (homes === undefined || !homes.some((home) => home.test(file.path)))
          wrong.push(`${file.path} imports ${name}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it("prints, exits, asks the clock and rolls dice in the outermost rooms only", () => {
    const wrong = sources
      .filter((file) => !OUTER_ROOMS.some((room) => room.test(file.path)))
      .flatMap((file) =>
        file.text
          .split("\n")
          .filter((line) => OUTER_ONLY.test(line) && !/^\s*(?:\*|\/\/|\/\*)/.test(line))
          .map((line) => `${file.path}: ${line.trim()}`),
      );
    expect(wrong).toEqual([]);
  });

  it("quotes names and texts for SQL in one file", () => {
    const quoting = /replaceAll\((?:'"', '""'|"'", "''")\)|replace\(\/(?:"|')\/g, (?:'""'|"''")\)/;
    expect(sources.filter((file) => quoting.test(file.text)).map((file) => file.path)).toEqual(["util/quote.ts"]);
  });

  it("asks for an advisory lock and never waits for one in the server", () => {
    const waits = /\bpg_advisory_(?:xact_)?lock(?:_shared)?\b/;
    expect(sources.filter((file) => waits.test(file.text)).map((file) => file.path)).toEqual([]);
    expect(sources.some((file) => file.text.includes("pg_try_advisory_lock("))).toBe(true);
  });

  it("speaks to databases only: nothing of ours opens another connection", () => {
    const network =
      /\bfetch\(|\bWebSocket\b|\bEventSource\b|["'](?:node:)?(?:https?|http2|net|tls|dgram|dns|undici)(?:\/promises)?["']/;
    expect(sources.filter((file) => network.test(file.text)).map((file) => file.path)).toEqual([]);
  });

  it("needs few packages, leaves drivers to the project, and runs no script when it is installed", () => {
    const { dependencies, scripts, files } = JSON.parse(readFileSync(join(SOURCE, "../package.json"), "utf8"));
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(4);
    expect(Object.keys(dependencies)).not.toEqual(expect.arrayContaining(["better-sqlite3"]));
    expect(Object.keys(dependencies)).not.toEqual(expect.arrayContaining(["pg"]));
    expect(Object.keys(scripts).filter((name) => /^(?:pre|post)?install$|^prepare$/.test(name))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["dist"]));
  });

  it("keeps files short enough to read at once", () => {
    const long = sources
      .map((file) => [file.path, file.text.split("\n").length] as const)
      .filter(([, lines]) => lines > 351);
    expect(long).toEqual([]);
  });

  it("documents every room in docs/design.md", () => {
    const design = readFileSync(join(SOURCE, "../docs/design.md"), "utf8");
    const rooms = [...new Set(sources.map((file) => roomOf(file.path)))].filter((room) => room !== "entry");
    expect(rooms.filter((room) => !design.includes(`\`${room.replace("/contract", "/")}`))).toEqual([]);
    const named = [...design.matchAll(/`((?:src|test|templates|scripts|docs|bench|examples)\/[\w./-]+\.\w+)`/g)].map(
      (match) => match[1]!,
    );
    expect(named.filter((path) => !existsSync(join(SOURCE, "..", path)))).toEqual([]);
  });
});
