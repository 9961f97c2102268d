import type { BeginOptions, Connection } from "../dialects/dialect.js";

/** Runs `work` in a transaction of its own: committed at its end, taken back when it throws. */
export async function inTransaction<T>(
  connection: Connection,
  options: BeginOptions,
  work: () => Promise<T>,
  proof?: () => Promise<boolean>,
): Promise<T> {
  await connection.begin(options);
  try {
    const result = await work();
    await connection.commit(proof);
    return result;
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}
