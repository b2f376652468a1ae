import { count } from "@jobtrail/core";

export const task = () => {
  count({ pages: 3 });
  return "done in the background";
};
