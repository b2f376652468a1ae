const library = require("node-cron");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
