// A program that never ends.
console.log("at work");
setInterval(() => undefined, 1000);
