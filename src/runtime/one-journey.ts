import type { Connection } from "../dialects/dialect.js";

type Results<Works extends readonly (() => Promise<unknown>)[]> = {
  readonly [Key in keyof Works]: Awaited<ReturnType<Works[Key]>>;
};

/**
 * Runs pieces of work of which none needs the answer to another. On a server what they ask first goes in one journey; else
 * they run one after the other. Either way nothing of a piece runs behind a statement that fails.
 */
export async function oneJourney<const Works extends readonly (() => Promise<unknown>)[]>(
  connection: Connection,
  works: Works,
): Promise<Results<Works>> {
  const results: unknown[] = [];
  if (connection.together !== undefined) {
    for (const result of await connection.together(() => Promise.allSettled(works.map((work) => work())))) {
      if (result.status === "rejected") throw result.reason;
      results.push(result.value);
    }
    return results as Results<Works>;
  }
  for (const work of works) results.push(await work());
  return results as Results<Works>;
}
