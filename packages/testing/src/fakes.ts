export { startHarperDb } from "./fake/harperdb.ts";
export type { FakeHarperDb, FakeHarperDbOptions, HarperDbJob } from "./fake/harperdb.ts";
export type { Answered, Asked, Fake, FakeOptions, Fault } from "./fake/server.ts";
