const library = require("bee-queue");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
