import "../cli/lua-globals";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { jsonSchema } from "../core/config/json-schema";

/** Writes the configuration's JSON Schema to a file: `node json-schema.js [FILE]`. */
function writeSchema(file: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(jsonSchema(), undefined, 2)}\n`);
}

if (require.main === module) writeSchema(process.argv[2] ?? "dist/switchboard.schema.json");
