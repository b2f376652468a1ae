// Calls a serverless function as its platform does, and leaves it no time after its return.
const { handler } = await import(process.env.FUNCTION);
await handler({ to: "ann@example.org" });
process.kill(process.pid, "SIGKILL");
