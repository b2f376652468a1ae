/** What a package's manifest says once it is packed: also how CommonJS programs in TypeScript find its types. */
export const hooks = {
  beforePacking(manifest) {
    const doors = Object.entries(manifest.exports ?? {}).filter(([, { types }]) => types !== undefined);
    if (doors.length === 0) return manifest;
    const door = ([path, { types, default: file }]) => [
      path,
      { require: { types: types.replace(/\.ts$/, ".cts"), default: file }, types, default: file },
    ];
    const inner = doors.filter(([path]) => path !== ".");
    return {
      ...manifest,
      // TypeScript before 6 reads nothing else where `module` is commonjs.
      main: manifest.exports["."]?.default,
      types: manifest.exports["."]?.types,
      ...(inner.length > 0 && {
        typesVersions: { "*": Object.fromEntries(inner.map(([path, { types }]) => [path.slice(2), [types]])) },
      }),
      exports: { ...manifest.exports, ...Object.fromEntries(doors.map(door)) },
    };
  },
};
