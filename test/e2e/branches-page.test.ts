/** The page about branches, run line by line: what it says is printed is what is printed. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands/index.js";
import { type TempProject, tempProject } from "../support/temp-project.js";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/branches.md"), "utf8");

interface Step {
  readonly command: string;
  /** Null where the page does not show it. */
  readonly output: string | null;
}

interface Scene {
  readonly config: string;
  readonly steps: Step[];
}

/** A scene begins at `<!-- project … -->`; `<!-- $ … -->` is run unseen, and consoles show commands with their output. */
function scenes(page: string): readonly Scene[] {
  const found: Scene[] = [];
  let inConsole = false;
  let shown: string[] | undefined;
  const close = () => {
    const [command, ...output] = shown ?? [];
    if (command !== undefined)
      found.at(-1)!.steps.push({ command, output: output.map((line) => `${line}\n`).join("") });
    shown = undefined;
  };
  for (const line of page.split("\n")) {
    const hidden = /^<!-- (project|\$) ?(.*?) ?-->$/.exec(line);
    if (hidden !== null && hidden[1] === "project") found.push({ config: hidden[2]!, steps: [] });
    else if (hidden !== null) found.at(-1)!.steps.push({ command: hidden[2]!, output: null });
    else if (line === "```console") inConsole = true;
    else if (line === "```" && inConsole) {
      close();
      inConsole = false;
    } else if (inConsole && line.startsWith("$ ")) {
      close();
      shown = [line.slice(2)];
    } else if (inConsole) shown!.push(line);
  }
  return found;
}

async function run(project: TempProject, command: string) {
  const words = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  expect(words[0]).toBe("tsmigrate");
  return project.run(words.slice(1));
}

/** `…` stands for what differs from run to run, at the end of the page's text for all the rest. */
function expectOutput(actual: string, shown: string, command: string): void {
  const pattern = shown
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^]*?");
  expect(actual, command).toMatch(new RegExp(`^${shown.endsWith("…\n") ? pattern.slice(0, -1) : `${pattern}$`}`));
}

describe("docs/branches.md", () => {
  const played = scenes(PAGE);

  it("has scenes with output", () => {
    expect(played.length).toBeGreaterThan(5);
    expect(played.flatMap(({ steps }) => steps).filter(({ output }) => output !== null).length).toBeGreaterThan(25);
  });

  it.each(played.map((scene, at) => [at + 1, scene] as const))("prints what it says, scene %i", async (_at, scene) => {
    const project = tempProject({ config: `export default { url: "sqlite:///./app.db", ${scene.config} };\n` });
    for (const { command, output } of scene.steps) {
      const result = await run(project, command);
      if (output === null) expect(result.exitCode, `${command}: ${result.stderr}`).toBe(0);
      else {
        const stderr = result.stderr.replace(/^✔ .*\n/gm, "").replace(/^warning: the database file .*\n/gm, "");
        expectOutput(result.stdout + stderr, output, command);
      }
    }
  });

  it("links to headings that are there", () => {
    const headings = [...PAGE.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
      text!
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    for (const [, target] of PAGE.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(target);
  });
});

describe("help", () => {
  const takesRevision = commands.filter(({ arguments: args, options }) =>
    [...args.map(({ usage }) => usage), ...options.map(({ flags }) => flags)].some((text) => /rev/.test(text)),
  );

  it.each(takesRevision.map(({ name }) => name))("of %s has an example with a branch", async (name) => {
    const { stdout } = await tempProject().run(["help", name]);
    expect(stdout).toMatch(/^ {2}\$ .*\b[a-z]\w*@(?:heads?|base|[-+]?\w+)/m);
  });

  it("is about every command that takes a revision", () => {
    expect(takesRevision.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "upgrade",
        "downgrade",
        "history",
        "show",
        "merge",
        "rebase",
        "stamp",
        "edit",
        "revision",
      ]),
    );
  });
});
