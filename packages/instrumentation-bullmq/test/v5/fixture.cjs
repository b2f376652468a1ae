const bullmq = require("bullmq-5");
const { programs } = require("../programs.cjs");

void programs(bullmq)[process.argv[2]]();
