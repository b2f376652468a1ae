require(process.env.REGISTER);
void require("./both.cjs");
