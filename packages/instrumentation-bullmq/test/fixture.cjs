const bullmq = require("bullmq");
const { programs } = require("./programs.cjs");

void programs(bullmq)[process.argv[2]]();
