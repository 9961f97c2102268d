/** Colours by meaning; without colour they give the text back as it is. */
export interface Style {
  /** Does any of the others change its text? */
  readonly colour: boolean;
  /** The line of a lineage in a drawing, by its number. */
  readonly lane: (number: number, text: string) => string;
  readonly id: (text: string) => string;
  readonly mark: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly strong: (text: string) => string;
}

/** https://no-color.org: any non-empty NO_COLOR; FORCE_COLOR wins over a stream that is no terminal. */
export function wantsColour(
  env: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY?: boolean },
  argument: boolean | undefined,
): boolean {
  if (argument === false) return false;
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== "") return false;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return stream.isTTY === true && env.TERM !== "dumb";
}

/** Chalk is loaded only where there is colour. */
export async function createStyle(colour: boolean): Promise<Style> {
  if (!colour) return PLAIN;
  const { Chalk } = await import("chalk");
  const chalk = new Chalk({ level: 1 });
  // Chalk prints all its arguments, and `ids.map(style.id)` would give it three.
  const only = (paint: (text: string) => string) => (text: string) => paint(text);
  const lanes = [chalk.green, chalk.magenta, chalk.blue, chalk.cyan, chalk.red, chalk.yellow];
  return {
    colour: true,
    lane: (number, text) => lanes[number % lanes.length]!(text),
    id: only(chalk.yellow),
    mark: only(chalk.cyan),
    good: only(chalk.green),
    bad: only(chalk.red),
    warn: only(chalk.yellow),
    faint: only(chalk.dim),
    strong: only(chalk.bold),
  };
}

const same = (text: string) => text;
const PLAIN: Style = {
  colour: false,
  lane: (_number, text) => text,
  id: same,
  mark: same,
  good: same,
  bad: same,
  warn: same,
  faint: same,
  strong: same,
};
