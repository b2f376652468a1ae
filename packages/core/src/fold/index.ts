export { fold } from "./fold.ts";
export type { Job, Run } from "./fold.ts";
export { byJob } from "./group.ts";
export { ordered } from "./order.ts";
