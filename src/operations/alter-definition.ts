/** What PostgreSQL changes about an object that is carried as its statement, so that it need not be dropped. */
import type { DefinitionDef } from "../schema/objects.js";

/** SQL that makes the one of the other, or null where nothing but dropping it does. */
export function alterDefinitionTexts(from: DefinitionDef, to: DefinitionDef): readonly string[] | null {
  if (from.definition === to.definition) return stateTexts(from, to);
  return from.type === "publication" && isSame(from.further, to.further) ? publicationTexts(from, to) : null;
}

/** The one statement after the definition, as the catalogs are read; and what it is without one. */
const STATES: Readonly<Record<string, readonly [pattern: RegExp, usual: string]>> = {
  rule: [/ (?:DISABLE|ENABLE REPLICA|ENABLE ALWAYS) RULE /, " ENABLE RULE "],
  "event trigger": [/ (?:DISABLE|ENABLE REPLICA|ENABLE ALWAYS)$/, " ENABLE"],
  statistics: [/ SET STATISTICS \d+$/, " SET STATISTICS -1"],
};

function stateTexts(from: DefinitionDef, to: DefinitionDef): readonly string[] | null {
  const [pattern, usual] = STATES[from.type] ?? [];
  const [was, wanted] = [from.further ?? [], to.further ?? []];
  if (pattern === undefined || usual === undefined || isSame(was, wanted)) return isSame(was, wanted) ? [] : null;
  const isState = (texts: readonly string[]) => texts.length <= 1 && texts.every((text) => pattern.test(text));
  if (!isState(was) || !isState(wanted)) return null;
  return wanted.length > 0 ? wanted : was.map((text) => text.replace(pattern, usual));
}

const PUBLICATION =
  /^(CREATE PUBLICATION (?:"(?:[^"]|"")+"|\S+))(?: FOR ([\s\S]+?))? WITH \((publish = '[^']*'[^()']*)\)$/;

/** What the options are that the catalogs' statement leaves out. */
const USUAL_OPTIONS: Readonly<Record<string, string>> = {
  publish_via_partition_root: "false",
  publish_generated_columns: "none",
};

/** Members that stay are published without a break, and so are those of a publication whose options change. */
function publicationTexts(from: DefinitionDef, to: DefinitionDef): readonly string[] | null {
  const [was, wanted] = [PUBLICATION.exec(from.definition), PUBLICATION.exec(to.definition)];
  if (was === null || wanted === null || was[1] !== wanted[1]) return null;
  const alter = wanted[1]!.replace(/^CREATE/, "ALTER");
  const hasOthers = was[2] !== wanted[2];
  const isList = (members: string | undefined) => members !== undefined && members !== "ALL TABLES";
  if (hasOthers && !(isList(was[2]) && isList(wanted[2]))) return null;
  const back = Object.keys(USUAL_OPTIONS).filter((key) => was[3]!.includes(key) && !wanted[3]!.includes(key));
  const options = [wanted[3]!, ...back.map((key) => `${key} = ${USUAL_OPTIONS[key]}`)];
  return [
    ...(hasOthers ? [`${alter} SET ${wanted[2]}`] : []),
    ...(was[3] === wanted[3] ? [] : [`${alter} SET (${options.join(", ")})`]),
  ];
}

function isSame(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((text, at) => text === b[at]);
}
