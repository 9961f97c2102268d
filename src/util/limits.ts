/** How much of anything is taken in: far more than anybody writes, and few enough that a wrong folder or file ends with a sentence. */

/** Revision files of all version locations. */
export const MOST_REVISION_FILES = 100_000;
/** Characters of one revision or `.sql` file. */
export const LONGEST_FILE = 64 * 1024 * 1024;
/** Tables that the models declare. */
export const MOST_MODEL_TABLES = 50_000;
