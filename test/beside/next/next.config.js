// Loaded from node_modules, where the flag sees it.
module.exports = { serverExternalPackages: ["bullmq", "@jobtrail/register"] };
