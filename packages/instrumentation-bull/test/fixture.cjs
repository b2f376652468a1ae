const library = require("bull");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
