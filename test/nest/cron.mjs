/** An application whose `@Cron` method runs twice and fails the second time; a job that is stopped by hand. */
import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Cron, ScheduleModule, SchedulerRegistry } from "@nestjs/schedule";

const { promise: over, resolve } = Promise.withResolvers();
let runs = 0;

class Reports {
  async hourly() {
    if (++runs < 2) return;
    setImmediate(() => resolve());
    throw new RangeError("no report");
  }
  yearly() {}
}
const decorate = (method, decorator) =>
  decorator(Reports.prototype, method, Object.getOwnPropertyDescriptor(Reports.prototype, method));
decorate("hourly", Cron("* * * * * *", { timeZone: "Europe/Berlin" }));
decorate("yearly", Cron("0 0 1 1 *", { name: "yearly" }));

const module = { module: Reports, imports: [ScheduleModule.forRoot()] };
const app = await NestFactory.createApplicationContext(module, { logger: false });
await over;
app.get(SchedulerRegistry).getCronJob("yearly").stop();
app.get(SchedulerRegistry).getCronJob("yearly").start();
await app.close();
