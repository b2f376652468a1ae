/** Bull's inner files, which have no types of their own. */
declare module "bull/lib/queue.js" {
  import type Bull from "bull";
  const Class: typeof Bull;
  export default Class;
}
declare module "bull/lib/job.js" {
  const Job: unknown;
  export default Job;
}
declare module "bull/lib/scripts.js" {
  const scripts: unknown;
  export default scripts;
}
