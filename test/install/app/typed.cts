import { jobInstrumentations, watch } from "@jobtrail/auto-instrumentations";
import { count, withActor } from "@jobtrail/core";
import { isRefusal, type JobEvent } from "@jobtrail/core/event";
import { createRecorder } from "@jobtrail/core/recorder";
import { BullMQInstrumentation } from "@jobtrail/instrumentation-bullmq";
import "@jobtrail/register";

count({ emails: 2 });
watch("croner", {}, "11.0.1");
export const asked: Promise<number> = withActor({ id: "ada" }, async () => 1);
export const told = (event: JobEvent): boolean => isRefusal(event);
export const recorder: typeof createRecorder = createRecorder;
export const all: number = [...jobInstrumentations(), new BullMQInstrumentation({ enabled: false })].length;
