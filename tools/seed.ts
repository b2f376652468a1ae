import { configureGlobal } from "fast-check";

// What decides whether a change goes in must give the same answer twice: in CI each property draws the same values.
// Elsewhere each run draws others, and at night a run in CI does too (JOBTRAIL_SEED=random).
const seed = process.env["JOBTRAIL_SEED"] ?? (process.env["CI"] === "true" ? "20261201" : "random");
if (seed !== "random") configureGlobal({ seed: Number(seed) });
