/** A project on a database of its own whose models change step by step. */
import { expect } from "vitest";
import type { Connection } from "../../src/dialects/dialect.js";
import { connectTo } from "./engine.js";
import { type TempProject, tempProject } from "./temp-project.js";

export interface EvolvingProject {
  readonly project: TempProject;
  readonly connection: Connection;
  /** Fails unless the command ends with 0. */
  run(...args: readonly string[]): Promise<{ readonly stdout: string; json(): any }>;
  /** Autogenerates from these models and upgrades, then down and up as well: what the revision does. */
  evolve(models: string, ...args: readonly string[]): Promise<readonly string[]>;
}

export async function onEvolvingProject(
  open: () => Promise<{ readonly url: string; dispose(): Promise<void> }>,
  work: (bench: EvolvingProject) => Promise<void>,
): Promise<void> {
  const database = await open();
  const project = tempProject({ url: database.url });
  const connection = await connectTo(database.url);
  const run = async (...args: readonly string[]) => {
    const result = await project.run(args);
    expect([args, result.exitCode, result.exitCode === 0 ? "" : result.stderr + result.stdout]).toEqual([args, 0, ""]);
    return result;
  };
  const upAndSettled = async () => {
    await run("upgrade");
    expect((await run("check", "--json")).json()).toMatchObject({ upToDate: true, operations: [] });
  };
  try {
    await work({
      project,
      connection,
      run,
      async evolve(models, ...args) {
        project.write("models.ts", models);
        const made = await run("revision", "--autogenerate", "-m", "step", "--json", ...args);
        await upAndSettled();
        if (project.revisions().length > 1) {
          await run("downgrade", "-1");
          await upAndSettled();
        }
        return made.json().operations.map((op: { description: string }) => op.description);
      },
    });
  } finally {
    await connection.close();
    await database.dispose();
  }
}
