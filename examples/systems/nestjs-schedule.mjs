/** Nest: a method with `@Cron`, called as a function here, since Node runs no decorators. The error is Nest's to log. */
import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Cron, ScheduleModule } from "@nestjs/schedule";

const { promise: over, resolve } = Promise.withResolvers();

class ReportsService {
  async nightly() {
    resolve();
    throw new Error("no data");
  }
}
Cron("* * * * * *", { timeZone: "Europe/Berlin" })(
  ReportsService.prototype,
  "nightly",
  Object.getOwnPropertyDescriptor(ReportsService.prototype, "nightly"),
);

const module = { module: ReportsService, imports: [ScheduleModule.forRoot()] };
const app = await NestFactory.createApplicationContext(module, { logger: false });
await over;
await app.close();
