const library = require("agenda");
const { programs } = require("./programs.cjs");

void programs(library)[process.argv[2]]();
