const library = require("cron");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
