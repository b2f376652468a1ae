import { InjectQueue, OnWorkerEvent, Processor, WorkerHost } from "@nestjs/bullmq";
import { Injectable } from "@nestjs/common";
import type { Job, Queue } from "bullmq";

interface Mail {
  readonly to: string;
}

/** Asks for mails. */
@Injectable()
export class MailService {
  constructor(@InjectQueue("mail") private readonly queue: Queue<Mail>) {}

  async welcome(to: string): Promise<void> {
    await this.queue.add("welcome", { to });
  }
}

/** Sends them. Nothing in here knows of Jobtrail: the flag is enough. */
@Processor("mail")
export class MailProcessor extends WorkerHost {
  readonly #sent = Promise.withResolvers<string>();
  readonly sent: Promise<string> = this.#sent.promise;

  override async process({ data }: Job<Mail>): Promise<string> {
    return `sent to ${data.to}`;
  }

  @OnWorkerEvent("completed")
  completed(_: Job<Mail>, result: string): void {
    this.#sent.resolve(result);
  }
}
