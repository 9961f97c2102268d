import { defineConfig } from "tsmigrate/config";

export default defineConfig({
  directory: {{ directory }},
  models: {{ models }},
  // Used without --env.
  url: {{ url }},
  environments: {
    staging: { url: process.env.STAGING_DATABASE_URL },
    // More patience where other runs may hold the lock for long (milliseconds).
    production: {
      url: process.env.PRODUCTION_DATABASE_URL,
      lockTimeout: 300_000,
    },
  },
});
