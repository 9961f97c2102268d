import { relative } from "node:path";
import type { RebaseResult } from "../../commands/rebase.js";
import { UsageError } from "../../errors.js";
import { type CliCommand, flag, text } from "../command.js";

export const rebase: CliCommand<RebaseResult> = {
  name: "rebase",
  summary: "move a revision that is not applied onto another one",
  arguments: [{ usage: "<rev>", description: "the revision to move; what stands on it comes along" }],
  options: [
    { flags: "--onto <rev>", description: "the revision it shall stand on, or base" },
    { flags: "--offline", description: "do not ask the databases: you know that the revision is applied nowhere" },
  ],
  examples: ["tsmigrate rebase c3d4 --onto b2c3", "tsmigrate rebase c3d4 --onto billing@head"],
  async run(host, input) {
    const onto = text(input, "onto");
    if (onto === undefined) {
      throw new UsageError("rebase needs to know where the revision shall go", {
        hint: `Say it: \`tsmigrate rebase ${input.args[0]} --onto <rev>\`.`,
      });
    }
    const environment = await host.environment();
    const action = await import("../../commands/rebase.js");
    const result = await action.rebase(environment, {
      revision: input.args[0]!,
      onto,
      offline: flag(input, "offline"),
    });
    for (const warning of result.warnings) host.warn(warning);
    const inside = relative(host.cwd, result.path);
    return { ...result, path: inside.startsWith("..") ? result.path : inside };
  },
  format({ revision, from, downRevision, path, heads }, style) {
    const place = (ids: readonly string[]) => (ids.length === 0 ? "base" : ids.map(style.id).join(", "));
    if (from.join() === downRevision.join()) return [`Nothing to do: ${style.id(revision)} stands on ${place(from)}.`];
    return [
      path,
      `Moved ${style.id(revision)} from ${place(from)} onto ${place(downRevision)}.`,
      ...(heads.length > 1 ? [`There are ${heads.length} heads: ${place(heads)}.`] : []),
    ];
  },
  json: ({ revision, from, downRevision, path, heads, warnings }) => ({
    revision,
    from,
    downRevision,
    path,
    heads,
    warnings,
  }),
};
