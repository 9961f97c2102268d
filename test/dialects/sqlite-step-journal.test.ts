import { describe, expect, it } from "vitest";
import { inTransaction } from "../../src/runtime/in-transaction.js";
import { openLedger } from "../../src/runtime/ledger.js";
import { StepJournal } from "../../src/runtime/step-journal.js";
import { sqliteFile } from "../support/sqlite.js";

const STEP = {
  revision: { id: "a1" },
  direction: "upgrade",
  headsBefore: [],
  headsAfter: ["a1"],
} as unknown as ConstructorParameters<typeof StepJournal>[0]["step"];

describe("a step that an earlier run left half way", () => {
  it("is taken over with how far it had come, or not at all", async () => {
    const { connection, raw } = await sqliteFile();
    const ledger = openLedger(connection, { name: "tsmigrate_version" }, () => ({
      toolVersion: "1",
      host: "h",
      pid: 1,
      run: "r",
    }));
    await ledger.ensure();
    const open = () =>
      ledger.readOpen().then(
        (entries) =>
          new StepJournal({
            ledger,
            step: STEP,
            open: entries,
            generation: 0,
            together: (work) => inTransaction(connection, { foreignKeys: "keep", lockTimeoutMilliseconds: 0 }, work),
            today: () => "2026-01-01T00:00:00.000Z",
            now: () => 0,
          }),
      );
    const states = () => raw.prepare("SELECT state, cursor FROM tsmigrate_log ORDER BY id").all();
    const first = await open();
    const stopped = first.around("x", "x", false, async ({ save }) => {
      await save("7");
      throw new Error("killed");
    });
    await expect(stopped).rejects.toThrow("killed");
    expect(states()).toEqual([{ state: "running", cursor: "7" }]);

    raw.exec("CREATE TRIGGER full BEFORE INSERT ON tsmigrate_log BEGIN SELECT raise(ABORT, 'disk full'); END");
    const failing = await open();
    await expect(failing.around("x", "x", false, async () => {})).rejects.toThrow("disk full");
    expect(states()).toEqual([{ state: "running", cursor: "7" }]);

    raw.exec("DROP TRIGGER full");
    const last = await open();
    await last.around("x", "x", false, async ({ cursor }) => expect(cursor).toBe("7"));
    expect(states()).toEqual([
      { state: "failed", cursor: "7" },
      { state: "done", cursor: "7" },
    ]);
  });
});
