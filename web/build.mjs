// Bundles the page's script: node build.mjs OUT. ASCII only, so that it can stand in any document. The
// licences of what goes into it stand at its end, since each report is a copy of it.
import { readFileSync, writeFileSync } from "node:fs";

import Ajv from "ajv/dist/2020.js";
import standaloneCode from "ajv/dist/standalone/index.js";
import { build } from "esbuild";

// The judge of the page's data, as code: the page may not make code of text.
const ajv = new Ajv.default({ code: { source: true, esm: true }, allErrors: false, strictTypes: false });
const validate = ajv.compile(JSON.parse(readFileSync("run.schema.json", "utf8")));
writeFileSync("src/validate.mjs", standaloneCode.default(ajv, validate));

const notice = readFileSync("node_modules/echarts/NOTICE", "utf8").trim();
const license = readFileSync("node_modules/zrender/LICENSE", "utf8").trim();
const text = `Apache ECharts (Apache License 2.0)\n${notice}\n\nzrender\n${license}`;

await build({
  entryPoints: ["src/main.ts"],
  outfile: process.argv[2],
  bundle: true,
  format: "iife",
  platform: "browser",
  target: ["es2020"],
  charset: "ascii",
  minify: true,
  legalComments: "none",
  footer: { js: `/*\n${text}\n*/` },
  define: { "process.env.NODE_ENV": '"production"' },
  logLevel: "warning",
});
