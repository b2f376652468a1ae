const library = require("graphile-worker");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
