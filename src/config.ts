/** `tsmigrate/config`: loads nothing else, so that a config costs nothing. */
export * from "./config/config.js";
