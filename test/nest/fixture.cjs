require("reflect-metadata");
const nest = {
  ...require("@nestjs/core"),
  ...require("@nestjs/schedule"),
};
const { programs } = require("./programs.cjs");

void programs(nest)[process.argv[2]]();
