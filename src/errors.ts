/**
 * Every error a caller can meet. The message says what happened, the hint what to do next, the fields carry the data.
 * The exit codes are the command line's contract: 2 usage and configuration, 3 revision history, 4 database,
 * 5 a revision failed while running, 6 an operation does not fit, 70 a bug of ours.
 */
export * from "./errors/base.js";
export * from "./errors/database.js";
export * from "./errors/revision.js";
export * from "./errors/run.js";
export * from "./errors/usage.js";
