const library = require("toad-scheduler");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
