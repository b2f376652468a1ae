const croner = require("croner");
const { programs } = require("./programs.cjs");

void programs(croner)[process.argv[2]]();
