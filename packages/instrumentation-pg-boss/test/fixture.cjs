const pgboss = require("pg-boss");
const { programs } = require("./programs.cjs");

void programs(pgboss)[process.argv[2]]();
