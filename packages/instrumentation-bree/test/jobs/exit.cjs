process.exit(Number(process.env.CODE ?? 3));
