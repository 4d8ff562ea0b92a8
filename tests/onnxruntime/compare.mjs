// Runs each model of a folder in ONNX Runtime and compares its outputs with those that lie beside it.
//     node compare.mjs FOLDER PACKAGES
// PACKAGES is the folder whose node_modules holds onnxruntime-node.
// NAME.json tells of NAME.onnx: {"inputs": [{"name", "dims", "file"}], "outputs": [{"name", "file"}]}, files of
// little-endian float32, and with "optimization" how far ONNX Runtime may rewrite the model ("all"). Prints a line a model: NAME, the largest absolute difference, the largest absolute value of
// ONNX Runtime's outputs; or NAME and what went wrong.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const ort = createRequire(resolve(process.argv[3], "package.json"))("onnxruntime-node");

const floats = (path) => {
  const bytes = readFileSync(path);
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};

const compare = async (folder, name) => {
  const plan = JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
  const session = await ort.InferenceSession.create(join(folder, `${name}.onnx`), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: plan.optimization ?? "all",
  });
  const feeds = {};
  for (const { name: input, dims, file } of plan.inputs) {
    feeds[input] = new ort.Tensor("float32", floats(join(folder, file)), dims);
  }
  const results = await session.run(feeds);
  let difference = 0;
  let largest = 0;
  for (const { name: output, file } of plan.outputs) {
    const ours = floats(join(folder, file));
    const theirs = Float32Array.from(results[output].data, Number);
    if (ours.length !== theirs.length) return `${ours.length} elements for ${theirs.length}`;
    for (let i = 0; i < ours.length; ++i) {
      const here = Math.abs(ours[i] - theirs[i]);
      if (Number.isNaN(here)) return `NaN at element ${i} of ${output}`;
      difference = Math.max(difference, here);
      largest = Math.max(largest, Math.abs(theirs[i]));
    }
  }
  return `${difference} ${largest}`;
};

const folder = process.argv[2];
const names = readdirSync(folder).filter((file) => file.endsWith(".onnx")).map((file) => file.slice(0, -5));
for (const name of names.sort()) {
  let line;
  try {
    line = await compare(folder, name);
  } catch (error) {
    line = String(error.message).split("\n")[0];
  }
  console.log(`${name} ${line}`);
}
