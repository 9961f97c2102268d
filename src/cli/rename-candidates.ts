/** What a comparison shows as dropped and added although it looks like a rename. */
import { parseRenameAnswer, shellWord } from "../diff/rename-answers.js";
import type { UndecidedRename } from "../errors.js";
import { printableLine } from "../util/printable.js";
import type { Style } from "./style.js";

/** The pairs with their reasons and the flags that say yes; nothing where there are none. */
export function candidateLines(candidates: readonly UndecidedRename[], style: Style): readonly string[] {
  if (candidates.length === 0) return [];
  const one = candidates.length === 1 && candidates[0]!.choices.length === 1;
  return [
    one ? "Of this, what is dropped and added may be a rename:" : "Of this, what is dropped and added may be renames:",
    ...candidates
      .flatMap(({ choices }) => choices)
      .map(
        ({ argument, description, reason }) =>
          `  ${style.warn("~")} ${printableLine(description)}? (${printableLine(reason)})  ${printableLine(renameFlag(argument))}`,
      ),
  ];
}

/** Flags for the likeliest answer to each; what is taken by one is not taken by another. */
export function candidateFlags(candidates: readonly UndecidedRename[]): string {
  const taken = new Set<string>();
  const flags = candidates.flatMap(({ choices }) => {
    const free = choices.find(({ argument }) => !taken.has(oldName(argument)));
    if (free === undefined) return [];
    taken.add(oldName(free.argument));
    return [renameFlag(free.argument)];
  });
  return flags.join(" ");
}

/** For documents: nothing where there are none. */
export function candidatesJson(candidates: readonly UndecidedRename[]): {
  readonly candidates?: readonly UndecidedRename[];
} {
  return candidates.length === 0 ? {} : { candidates };
}

function oldName(argument: string): string {
  return (parseRenameAnswer(argument)?.from ?? [argument]).join("\0");
}

function renameFlag(argument: string): string {
  return `--rename ${shellWord(argument)}`;
}
