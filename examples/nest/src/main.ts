import "reflect-metadata";
import { BullModule } from "@nestjs/bullmq";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { MailProcessor, MailService } from "./mail";

const url = process.env["REDIS_URL"] ?? "redis://localhost:6379";

@Module({
  imports: [BullModule.forRoot({ connection: { url } }), BullModule.registerQueue({ name: "mail" })],
  providers: [MailService, MailProcessor],
})
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ["error", "warn"] });
  await app.get(MailService).welcome("ann@example.org");
  console.log(await app.get(MailProcessor).sent);
  await app.close();
}

void main();
