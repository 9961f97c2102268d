export interface ExecuteResult {
  readonly status: number | string;
  readonly stdout: string;
  readonly stderr: string;
}
export interface ExecuteOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}
export function runTutorial(options: {
  readonly folder: string;
  readonly node: string;
  readonly bin: string;
  readonly urls: { readonly main: string; readonly async: string };
  readonly env: Readonly<Record<string, string | undefined>>;
}): Promise<readonly (ExecuteResult & { readonly line: string })[]>;
export function execute(program: string, args: readonly string[], options: ExecuteOptions): Promise<ExecuteResult>;
