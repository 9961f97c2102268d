/** Finding out that a downgrade says `op.irreversible(…)` before anything runs. */

/**
 * The reason a body gives for being irreversible, or null. Only a body whose text says so is called at all, with an `op`
 * on which everything else does nothing, so that no other code of the user's runs twice.
 */
export async function findIrreversible(body: (op: any) => unknown): Promise<string | null> {
  if (!/\birreversible\b/.test(Function.prototype.toString.call(body))) return null;
  let reason: string | null = null;
  const quiet: unknown = new Proxy(() => {}, {
    get: (_target, name) => {
      if (name === "then") return undefined;
      if (name === "irreversible") {
        return (given: unknown) => {
          reason ??= String(given);
          throw new Found();
        };
      }
      return quiet;
    },
    apply: () => quiet,
  });
  try {
    await body(quiet);
  } catch {
    // Found, or a body that cannot do without a database: then it will say so itself when it runs.
  }
  return reason;
}

class Found extends Error {
  override readonly name = "Found";
}
