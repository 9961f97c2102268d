/**
 * The history drawn in text, newest first: a column for each lineage, in plain ASCII.
 *
 * `*` is a revision and `|` the way down to its parent. Below a revision `+-.` opens the column of another parent, `+-'`
 * ends a column in the one that leads to the same parent, `+-+` joins one and goes on. Dependencies are drawn in the same
 * way with `:` and `~`. A line passes a column that it has nothing to do with at `|` or `:`, without a `+`.
 */
import { topologicalSort } from "../util/topological-sort.js";
import type { RevisionId } from "./revision.js";
import { inFileOrder, nodeOf, type RevisionGraph, type RevisionNode } from "./revision-graph.js";
import { withAncestors } from "./walk-graph.js";

/** Signs that belong together in colour. */
export interface DrawnPiece {
  readonly text: string;
  /** The number of the lineage they belong to; null for blanks. */
  readonly lane: number | null;
}

export interface DrawnRow {
  readonly pieces: readonly DrawnPiece[];
  /** The revision that stands in this row; null between two of them. */
  readonly id: RevisionId | null;
}

/** `*` is applied or may be, `@` where the database is, `o` not applied. */
type Symbol = "*" | "@" | "o";
type Kind = "parent" | "dependency";

/** A column in use: a line on its way down. */
interface Lane {
  readonly number: number;
  readonly kind: Kind;
  /** What it leads to. */
  readonly to: RevisionNode;
}

/**
 * Draws revisions, newest first. Ways that lead to a revision that is not among them are left out. `current`, the rows of
 * the version table, tells applied revisions from others.
 */
export function drawGraph(
  graph: RevisionGraph,
  ids: readonly RevisionId[],
  current?: readonly RevisionId[],
): readonly DrawnRow[] {
  const listed = shortBranchesLast(inFileOrder(ids.map((id) => nodeOf(graph, id))));
  const drawing = new Drawing(listed, symbols(graph, current));
  for (const node of listed) drawing.draw(node);
  return drawing.rows;
}

/**
 * Orders revisions so that each comes before everything it needs, and of the branches above a revision the longest first
 * and each other one right before the next: then few columns are open at once.
 */
function shortBranchesLast(listed: readonly RevisionNode[]): readonly RevisionNode[] {
  const above = new Map<RevisionNode, readonly RevisionNode[]>();
  /** How many revisions follow each other above one. */
  const heights = new Map<RevisionNode, number>();
  const wanted = new Set(listed);
  for (const node of listed.toSorted((a, b) => b.level - a.level)) {
    const upper = node.neededBy.filter((other) => wanted.has(other));
    if (upper.length > 1) upper.sort((a, b) => heights.get(b)! - heights.get(a)! || a.index - b.index);
    above.set(node, upper);
    heights.set(node, upper.length === 0 ? 0 : heights.get(upper[0]!)! + 1);
  }
  return topologicalSort(listed, (node) => above.get(node)!).order;
}

function symbols(graph: RevisionGraph, current: readonly RevisionId[] | undefined): (node: RevisionNode) => Symbol {
  if (current === undefined) return () => "*";
  const rows = current.flatMap((id) => graph.byId.get(id) ?? []);
  const applied = withAncestors(rows);
  return (node) => (rows.includes(node) ? "@" : applied.has(node) ? "*" : "o");
}

class Drawing {
  readonly rows: DrawnRow[] = [];
  readonly #listed: ReadonlySet<RevisionNode>;
  readonly #symbolOf: (node: RevisionNode) => Symbol;
  /** By column; undefined is free. */
  readonly #lanes: (Lane | undefined)[] = [];
  /** The column of a lineage that ended in the row above without a line into another: the next one keeps away from it. */
  #ended = -1;
  #number = 0;

  constructor(listed: readonly RevisionNode[], symbolOf: (node: RevisionNode) => Symbol) {
    this.#listed = new Set(listed);
    this.#symbolOf = symbolOf;
  }

  draw(node: RevisionNode): void {
    const { column, number } = this.#enter(node);
    this.#lanes[column] = undefined;
    this.#row(node.id, new Map([[column, { sign: this.#symbolOf(node), number }]]));
    this.#leave(node, column, number);
  }

  /** Finds the column of a revision: the one that leads to it, or a new one. */
  #enter(node: RevisionNode): { readonly column: number; readonly number: number } {
    const columns = this.#columnsTo(node);
    const lineage = columns.find((column) => this.#lanes[column]!.kind === "parent");
    const [first] = columns;
    if (first === undefined) {
      const column = this.#free(0);
      // Right below the end of another lineage it would look like its parent.
      if (column === this.#ended) this.#row(null, new Map());
      return { column, number: this.#number++ };
    }
    if (lineage === undefined) return { column: first, number: this.#lanes[first]!.number };
    const { number } = this.#lanes[lineage]!;
    for (const column of columns.filter((other) => other !== lineage)) {
      const ending = { sign: "'", number: this.#lanes[column]!.number };
      this.#lanes[column] = undefined;
      this.#connect("dependency", lineage, new Map([[lineage, { sign: "+", number }]]).set(column, ending));
    }
    return { column: lineage, number };
  }

  /** Draws the ways down from a revision, and keeps its column for the first parent that no other column leads to. */
  #leave(node: RevisionNode, column: number, number: number): void {
    this.#ended = -1;
    const parents = node.parents.filter((parent) => this.#listed.has(parent));
    const dependencies = node.dependencies.filter((need) => this.#listed.has(need));
    const own = parents.find((parent) => !this.#columnsTo(parent).some((at) => this.#lanes[at]!.kind === "parent"));
    const others = parents.filter((parent) => parent !== own);
    if (own !== undefined) this.#lanes[column] = { number, kind: "parent", to: own };
    const goesOn = (last: boolean) => ({ sign: own !== undefined || !last ? "+" : "'", number });
    if (dependencies.length > 0) {
      const last = others.length === 0;
      if (!last || own !== undefined) this.#lanes[column] ??= { number, kind: "parent", to: node };
      const ends = dependencies.map((need) => this.#lead(need, "dependency", column));
      this.#connect("dependency", column, new Map([[column, goesOn(last)], ...ends]));
    }
    const [only, second] = others;
    if (own === undefined && only !== undefined && second === undefined && this.#takeOver(only, column, number)) return;
    if (others.length > 0) {
      this.#lanes[column] = own === undefined ? undefined : this.#lanes[column];
      const ends = others.map((parent) => this.#lead(parent, "parent", column));
      this.#connect("parent", column, new Map([[column, goesOn(true)], ...ends]));
    }
    if (own === undefined && others.length === 0 && dependencies.length === 0) this.#ended = column;
  }

  /** Ends a column on the right that leads to the same parent in this one, so that the history does not drift away. */
  #takeOver(parent: RevisionNode, column: number, number: number): boolean {
    const other = this.#columnsTo(parent).find((at) => this.#lanes[at]!.kind === "parent")!;
    if (other < column) return false;
    const ending = { sign: "'", number: this.#lanes[other]!.number };
    this.#lanes[other] = undefined;
    this.#lanes[column] = { number, kind: "parent", to: parent };
    this.#connect("parent", column, new Map([[column, { sign: "+", number }]]).set(other, ending));
    return true;
  }

  /** Joins a column that leads to the revision already, or opens one. */
  #lead(to: RevisionNode, kind: Kind, from: number): readonly [column: number, Sign] {
    const joined = this.#columnsTo(to).find((column) => kind === "dependency" || this.#lanes[column]!.kind === kind);
    if (joined !== undefined) return [joined, { sign: "+", number: this.#lanes[joined]!.number }];
    const column = this.#free(from + 1);
    const number = this.#number++;
    this.#lanes[column] = { number, kind, to };
    return [column, { sign: ".", number }];
  }

  #columnsTo(node: RevisionNode): readonly number[] {
    return this.#lanes.flatMap((lane, column) => (lane?.to === node ? [column] : []));
  }

  /** The first free column from `start` on, then one to the left of it, then a new one. */
  #free(start: number): number {
    for (let column = start; column < this.#lanes.length; column++) if (!this.#lanes[column]) return column;
    return this.#lanes.length < start ? start : this.#lanes.length;
  }

  /** A row in which a line runs over the columns from the leftmost of the signs to the rightmost. */
  #connect(kind: Kind, from: number, signs: ReadonlyMap<number, Sign>): void {
    const columns = [...signs.keys()];
    const line = { from: Math.min(...columns), to: Math.max(...columns), text: kind === "parent" ? "-" : "~" };
    this.#row(null, signs, { ...line, number: signs.get(from)!.number });
  }

  #row(id: RevisionId | null, signs: ReadonlyMap<number, Sign>, line?: Line): void {
    const pieces: DrawnPiece[] = [];
    const last = Math.max(
      -1,
      ...signs.keys(),
      this.#lanes.findLastIndex((lane) => lane !== undefined),
    );
    for (let column = 0; column <= last; column++) {
      const lane = this.#lanes[column];
      const onLine = line !== undefined && column >= line.from && column <= line.to;
      const passing = lane && { sign: lane.kind === "parent" ? "|" : ":", number: lane.number };
      const blank = onLine ? { sign: line.text, number: line.number } : { sign: " ", number: null };
      const { sign, number } = signs.get(column) ?? passing ?? blank;
      pieces.push({ text: sign, lane: number });
      if (column === last) break;
      pieces.push(onLine && column < line.to ? { text: line.text, lane: line.number } : { text: " ", lane: null });
    }
    this.rows.push({ pieces: merged(pieces), id });
  }
}

interface Sign {
  readonly sign: string;
  readonly number: number;
}

interface Line {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly number: number;
}

/** Neighbours of one colour as one piece. */
function merged(pieces: readonly DrawnPiece[]): readonly DrawnPiece[] {
  const result: DrawnPiece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (last?.lane === piece.lane) result[result.length - 1] = { text: last.text + piece.text, lane: piece.lane };
    else result.push(piece);
  }
  return result;
}
