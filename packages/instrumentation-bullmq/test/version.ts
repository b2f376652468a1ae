/** The version of BullMQ that the tests import. */
export const version = "6.7.0";
