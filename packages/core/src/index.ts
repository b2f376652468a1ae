export { count, withActor, withScope } from "./ambient.ts";
export type { Actor, JobScope } from "./ambient.ts";
