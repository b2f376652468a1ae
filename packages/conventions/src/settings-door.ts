export { readSettings, type ReadSettings, type Settings } from "./settings.ts";
export { standardWarnings } from "./settings-standard.ts";
