const work = require("./both.cjs");

test("works jobs", () => work);
