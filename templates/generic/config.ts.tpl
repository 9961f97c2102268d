import { defineConfig } from "tsmigrate/config";

export default defineConfig({
  // Revisions live in <directory>/versions, their template in <directory>/revision.ts.tpl.
  directory: {{ directory }},
  // A password belongs into the environment, never into this file.
  url: {{ url }},
  // The tables as they should be; `tsmigrate revision --autogenerate` compares them with the database.
  models: {{ models }},
});
