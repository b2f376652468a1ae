import "reflect-metadata";
import { NestFactory } from "@nestjs/core";
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from "@nestjs/schedule";
import { programs } from "./programs.cjs";

await programs({ Cron, Interval, NestFactory, ScheduleModule, SchedulerRegistry, Timeout })[process.argv[2]]();
