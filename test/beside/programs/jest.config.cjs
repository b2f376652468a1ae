module.exports = { testMatch: ["**/both.jest.cjs"] };
