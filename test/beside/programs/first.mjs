await import(process.env.REGISTER);
await import("./both.mjs");
