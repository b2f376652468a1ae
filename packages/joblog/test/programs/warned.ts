/** Opens a store on a Node that warns, as 22 does, when its SQLite is loaded; another warning comes before and after. */
import { openStore } from "../../src/store.ts";

const load = process.getBuiltinModule;
process.getBuiltinModule = (id: string) => {
  process.emitWarning("SQLite is an experimental feature and might change at any time", "ExperimentalWarning");
  process.emitWarning("another feature is experimental", "ExperimentalWarning");
  return load(id);
};
process.emitWarning("before");
await (await openStore()).close();
process.emitWarning("after");
