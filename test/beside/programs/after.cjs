require("bullmq");
require("croner");
require(process.env.REGISTER);
void require("./both.cjs");
