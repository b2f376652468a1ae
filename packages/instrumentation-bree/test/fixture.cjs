const Bree = require("bree");
const { programs } = require("./programs.cjs");

void programs(Bree)[process.argv[2]]();
