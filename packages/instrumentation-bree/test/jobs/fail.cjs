throw new RangeError("never works");
