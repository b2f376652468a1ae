export { startHarperDb } from "./fake/harperdb.ts";
export type { FakeHarperDb, FakeHarperDbOptions, HarperDbJob } from "./fake/harperdb.ts";
export type { Answered, Asked, Fake, FakeOptions, Fault } from "./fake/server.ts";
export { startDevo } from "./fake/devo.ts";
export type { DevoTask, FakeDevo, FakeDevoOptions } from "./fake/devo.ts";
export { startQlik } from "./fake/qlik.ts";
export type { FakeQlik, FakeQlikOptions, QlikAutomationRun, QlikDelivery, QlikEnvelope } from "./fake/qlik.ts";
