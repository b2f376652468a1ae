// @nestjs/bull as TypeScript would compile it: decorators are functions that are called with a class or a method.
require("reflect-metadata");
const { BullModule, OnQueueCompleted, Process, Processor, getQueueToken } = require("@nestjs/bull");
const { Module } = require("@nestjs/common");
const { NestFactory } = require("@nestjs/core");

const sent = Promise.withResolvers();

class MailProcessor {
  send(job) {
    return Promise.resolve(`sent to ${job.data.to}`);
  }

  completed(_job, result) {
    sent.resolve(result);
  }
}
const method = (name) => [
  MailProcessor.prototype,
  name,
  Object.getOwnPropertyDescriptor(MailProcessor.prototype, name),
];
Process()(...method("send"));
OnQueueCompleted()(...method("completed"));
Processor("mail")(MailProcessor);

function AppModule() {}
Module({
  imports: [BullModule.forRoot({ url: process.env.REDIS_URL }), BullModule.registerQueue({ name: "mail" })],
  providers: [MailProcessor],
})(AppModule);

async function main() {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ["error", "warn"] });
  await app.get(getQueueToken("mail")).add({ to: "ann@example.org" });
  console.log(await sent.promise);
  await app.close();
}

void main();
