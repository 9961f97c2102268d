import type { TemplateInfo } from "../../commands/files/templates.js";
import type { InitResult } from "../../commands/init.js";
import { type CliCommand, flag, text } from "../command.js";

export const init: CliCommand<InitResult> = {
  name: "init",
  summary: "write a config, a folder for revisions and a first models file; overwrites nothing",
  arguments: [{ usage: "[directory]", description: "folder for revisions", default: "migrations" }],
  options: [
    { flags: "-t, --template <name>", description: "one of `tsmigrate templates`", default: "generic" },
    { flags: "--models <file>", description: "models file, made when it does not exist (default: ./models.ts)" },
    { flags: "--force", description: "also into a folder that holds something; adds what is missing" },
  ],
  examples: ["tsmigrate init", "tsmigrate init migrations --url sqlite:///./app.db --models ./src/models.ts"],
  async run(host, input) {
    const { initProject } = await import("../../commands/init.js");
    return initProject({
      cwd: host.cwd,
      directory: input.args[0]!,
      template: text(input, "template") ?? "generic",
      url: host.url,
      models: text(input, "models"),
      force: flag(input, "force"),
      withConfig: true,
    });
  },
  format: (result, style) => [
    ...result.created.map((path) => `${style.good("created")} ${path}`),
    ...result.kept.map((path) => `${style.faint("kept")}    ${path}`),
    'Next: declare tables in the models file, then run `tsmigrate revision --autogenerate -m "create tables"`.',
  ],
  json: ({ directory, created, kept }) => ({ directory, created, kept }),
};

export const templates: CliCommand<readonly TemplateInfo[]> = {
  name: "templates",
  alias: "list-templates",
  summary: "list the templates of `init`",
  arguments: [],
  options: [],
  examples: ["tsmigrate templates"],
  async run() {
    const { listTemplates } = await import("../../commands/files/templates.js");
    return listTemplates();
  },
  format(result, style) {
    const width = Math.max(...result.map((template) => template.name.length));
    return result.map((template) => `${style.strong(template.name.padEnd(width))}  ${template.summary}`);
  },
  json: (result) => ({ templates: result }),
};
