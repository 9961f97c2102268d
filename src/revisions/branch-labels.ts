/**
 * Which revisions belong to a labelled branch.
 * @see Alembic: https://alembic.sqlalchemy.org/en/latest/branches.html#working-with-branch-labels
 */

interface LabelledNode {
  readonly parents: readonly LabelledNode[];
  readonly children: readonly LabelledNode[];
  readonly neededBy: readonly LabelledNode[];
  branchLabels: readonly string[];
}

/**
 * Adds each label to all descendants of the revision that carries it, and, where these are one line without a branch
 * point or merge point, to the line below it too, down to the next such point.
 */
export function spreadBranchLabels(nodes: readonly LabelledNode[]): void {
  const carriers = nodes
    .filter((node) => node.branchLabels.length > 0)
    .map((node) => ({ node, labels: node.branchLabels }));
  for (const { node, labels } of carriers) {
    for (const member of [...descendants(node), ...lineBelow(node)]) {
      const inherited = labels.filter((label) => !member.branchLabels.includes(label));
      if (inherited.length > 0) member.branchLabels = [...member.branchLabels, ...inherited];
    }
  }
}

function descendants(start: LabelledNode): Set<LabelledNode> {
  const found = new Set<LabelledNode>();
  // A set is walked in the order of insertion, what is added on the way included.
  for (const child of start.children) found.add(child);
  for (const node of found) for (const child of node.children) found.add(child);
  return found;
}

function lineBelow(start: LabelledNode): readonly LabelledNode[] {
  for (let node: LabelledNode | undefined = start; node !== undefined; node = node.children[0]) {
    if (!isPlain(node)) return [];
  }
  const line: LabelledNode[] = [];
  for (let node = start.parents[0]; node !== undefined && isPlain(node); node = node.parents[0]) line.push(node);
  return line;
}

/** Neither a merge point nor a point from which several revisions go on, dependents counted. */
function isPlain(node: LabelledNode): boolean {
  return node.parents.length <= 1 && node.neededBy.length <= 1;
}
