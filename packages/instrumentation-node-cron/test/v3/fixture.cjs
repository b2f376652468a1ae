const library = require("node-cron-3");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
