const library = require("node-schedule");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
