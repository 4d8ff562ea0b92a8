// The other side of runtime_comparison.py: runs a network in ONNX Runtime again and again, as it is told to.
//     node onnxruntime_worker.mjs PACKAGES BATCH LOWEST HIGHEST FLOAT.onnx [QDQ.onnx]
// PACKAGES is the folder whose node_modules holds onnxruntime-node. Says "ready", then answers lines of "float" or
// "8" and how many times with the processor time in seconds, as bench/engine_worker.cpp does.
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

const [packages, batch, lowest, highest, ...files] = process.argv.slice(2);
const ort = createRequire(resolve(packages, "package.json"))("onnxruntime-node");

const open = async (file) => {
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" });
  const { name, shape } = session.inputMetadata[0];
  const extents = [Number(batch), ...shape.slice(1)];
  const values = new Float32Array(extents.reduce((one, other) => one * other));
  for (let i = 0; i < values.length; ++i) values[i] = Number(lowest) + (Number(highest) - Number(lowest)) * Math.random();
  return { session, feeds: { [name]: new ort.Tensor("float32", values, extents) } };
};

const networks = { float: await open(files[0]) };
if (files.length > 1) networks[8] = await open(files[1]);
console.log("ready", ...Object.keys(networks));
for await (const line of createInterface({ input: process.stdin })) {
  const [what, times] = line.split(" ");
  const { session, feeds } = networks[what];
  const start = process.cpuUsage();
  for (let i = 0; i < Number(times); ++i) await session.run(feeds);
  const { user, system } = process.cpuUsage(start);
  console.log((user + system) / 1e6);
}
