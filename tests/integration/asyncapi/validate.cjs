// Prints what AsyncAPI's own parser has to say of the document on standard input, as a JSON array.
const { readFileSync } = require("node:fs");
const { Parser } = require("@asyncapi/parser");

async function main() {
  const { diagnostics } = await new Parser().parse(readFileSync(0, "utf8"));
  const found = diagnostics.map(({ severity, code, path, message }) => ({ severity, code, path, message }));
  process.stdout.write(JSON.stringify(found));
}

main();
