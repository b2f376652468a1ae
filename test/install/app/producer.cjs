const { Queue } = require("bullmq");

async function main() {
  const queue = new Queue("mail", { connection: { port: Number(process.env.REDIS_PORT) } });
  await queue.add("welcome", { to: "ann@example.org" });
  await queue.add("welcome", { to: "bob@example.org" });
  await queue.close();
}
void main();
