import "bullmq";
import "croner";

await import(process.env.REGISTER);
await import("./both.mjs");
