import { count, withActor } from "@jobtrail/core";
import { isRefusal, type JobEvent } from "@jobtrail/core/event";
import { createRecorder } from "@jobtrail/core/recorder";
import { jobInstrumentations, watch } from "@jobtrail/auto-instrumentations";
import { BullMQInstrumentation } from "@jobtrail/instrumentation-bullmq";
import "@jobtrail/register";

count({ emails: 2 });
void withActor({ id: "ada" }, async () => undefined);
const event: JobEvent | undefined = undefined;
new BullMQInstrumentation({ enabled: false });
watch("croner", {}, "11.0.1");
export const all: number = jobInstrumentations().length;
