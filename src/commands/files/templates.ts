/** The templates of `init`, and of revisions and models. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../../errors.js";
import { nearest } from "../../util/nearest.js";
import { packageFile } from "../../util/package-root.js";

export interface TemplateInfo {
  readonly name: string;
  readonly summary: string;
}

/** The templates there are, sorted by name. */
export function listTemplates(): readonly TemplateInfo[] {
  const root = packageFile("templates");
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => ({
      name: entry.name,
      summary: readFileSync(join(root, entry.name, "README.md"), "utf8")
        .split("\n")[0]!
        .trim(),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The text of a template's file, or of the one that all templates share. */
export function templateText(template: string, file: string): string {
  const own = packageFile("templates", template, file);
  return readFileSync(existsSync(own) ? own : packageFile("templates", file), "utf8");
}

/** @throws UsageError for a template that is not there */
export function requireTemplate(name: string): void {
  const names = listTemplates().map((template) => template.name);
  if (names.includes(name)) return;
  const close = nearest(name, names);
  throw new UsageError(`there is no template '${name}'`, {
    hint:
      close === undefined
        ? "Run `tsmigrate templates` to see them."
        : `Did you mean \`--template ${close}\`? Run \`tsmigrate templates\` to see them all.`,
  });
}
