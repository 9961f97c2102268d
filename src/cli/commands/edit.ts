import { UsageError } from "../../errors.js";
import type { CliCommand } from "../command.js";

export const edit: CliCommand<readonly string[]> = {
  name: "edit",
  asksOne: true,
  summary: "open revision files in $VISUAL or $EDITOR",
  arguments: [{ usage: "<rev>", description: "an id, head, current, …" }],
  options: [],
  examples: ["tsmigrate edit head", "tsmigrate edit billing@head", "EDITOR='code --wait' tsmigrate edit a1b2"],
  async run(host, input) {
    const environment = await host.environment();
    const { revisionPaths } = await import("../../commands/read-history.js");
    const paths = await revisionPaths(environment, input.args[0]!);
    const [program, ...args] = editorOf(host.env);
    let code: number;
    try {
      code = await host.runProgram(program!, [...args, ...paths]);
    } catch (cause) {
      throw new UsageError(`the editor '${program}' cannot be started`, {
        cause,
        hint: "Set EDITOR, for example `EDITOR=nano tsmigrate edit head`.",
      });
    }
    if (code !== 0) throw new UsageError(`the editor '${program}' ended with exit code ${code}`);
    return paths;
  },
  format: () => [],
  json: (paths) => ({ paths }),
};

/** `EDITOR` may hold arguments, as in `code --wait`. */
function editorOf(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const given = [env.VISUAL, env.EDITOR].find((value) => value !== undefined && value.trim() !== "");
  return (given ?? (process.platform === "win32" ? "notepad" : "vi")).trim().split(/\s+/);
}
