/** Reads the drawing of `history --graph` back by following its lines, as somebody at a terminal would. */

export interface ReadRevision {
  readonly id: string;
  readonly parents: readonly string[];
  readonly dependencies: readonly string[];
}

/** A line on its way down: whose it is. */
interface Way {
  readonly from: string;
  readonly kind: "parents" | "dependencies";
}

/** Gives the revisions of a drawing, top down, each with what lines lead from it to. */
export function readDrawing(lines: readonly string[]): readonly ReadRevision[] {
  const found = new Map<string, { id: string; parents: string[]; dependencies: string[] }>();
  /** By column; a column stands at every second sign. */
  let ways: (readonly Way[])[] = [];
  let last: { readonly id: string; readonly column: number } | undefined;
  for (const line of lines) {
    const node = /^([ |:]*)([*@o]) ?([ |:]*) (\w+)/.exec(line);
    if (node !== null) {
      const [, before = "", , , id = ""] = node;
      const column = before.length / 2;
      found.set(id, { id, parents: [], dependencies: [] });
      for (const way of ways[column] ?? []) found.get(way.from)![way.kind].push(id);
      const drawn = line.slice(0, line.indexOf(id));
      ways = [...drawn].filter((_, at) => at % 2 === 0).map((sign, at) => passing(sign, ways[at]));
      ways[column] = [{ from: id, kind: "parents" }];
      last = { id, column };
    } else if (/[-~]/.test(line)) {
      ways = connect(line, ways, last!);
    } else {
      const width = Math.max(ways.length, Math.ceil(line.length / 2));
      ways = Array.from({ length: width }, (_, at) => passing(line[at * 2] ?? " ", ways[at]));
    }
  }
  return [...found.values()];
}

function passing(sign: string, ways: readonly Way[] = []): readonly Way[] {
  if (sign === " ") return [];
  return ways;
}

/** A row with a line across: from the revision above it, or from the column that ends in it. */
function connect(
  line: string,
  ways: readonly (readonly Way[])[],
  last: { readonly id: string; readonly column: number },
): (readonly Way[])[] {
  const signs = [...line].filter((_, at) => at % 2 === 0);
  const kind = line.includes("-") ? "parents" : "dependencies";
  const joints = signs.flatMap((sign, at) => (sign === "+" || sign === "." || sign === "'" ? [at] : []));
  const ending = signs.findIndex((sign, at) => sign === "'" && at !== last.column);
  const source = ending >= 0 ? ending : last.column;
  const flowing = ending >= 0 ? (ways[ending] ?? []) : [{ from: last.id, kind } as const];
  return signs.map((sign, at) => {
    const own = sign === "'" || sign === "." ? [] : passing(sign, ways[at]);
    return joints.includes(at) && at !== source ? [...own, ...flowing] : own;
  });
}
