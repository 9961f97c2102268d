import { readFileSync } from "node:fs";
import { packageFile } from "./package-root.js";

let known: string | null = null;

/** The version in our own package.json. */
export function packageVersion(): string {
  known ??= (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string }).version;
  return known;
}
