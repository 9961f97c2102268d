import type { CliCommand } from "../command.js";
import { check, status } from "./check.js";
import { diff } from "./diff.js";
import { edit } from "./edit.js";
import { branches, current, heads, history, show } from "./history.js";
import { init, templates } from "./init.js";
import { acceptEdit, log, resolve } from "./ledger.js";
import { downgrade, upgrade } from "./migrate.js";
import { pull } from "./pull.js";
import { rebase } from "./rebase.js";
import { merge, revision } from "./revision.js";
import { ensureVersion, stamp } from "./stamp.js";

/** Every command, in the order of `--help`. */
export const commands: readonly CliCommand[] = [
  init,
  templates,
  revision,
  merge,
  rebase,
  upgrade,
  downgrade,
  current,
  history,
  heads,
  branches,
  show,
  status,
  check,
  diff,
  pull,
  stamp,
  ensureVersion,
  log,
  resolve,
  acceptEdit,
  edit,
];
