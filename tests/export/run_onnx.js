// Runs exported models in ONNX Runtime and compares with the outputs that Keras computed.
//
//     NODE_PATH=.../node_modules node run_onnx.js FOLDER
//
// FOLDER holds one folder per case: model.onnx, x0.npy, ..., y0.npy, ..., case.json with rtol, atol.
// The last line is "N passed, N failed"; exit status 1 if any failed, 77 without ONNX Runtime.
'use strict';
const fs = require('fs');
const path = require('path');

let ort;
try {
  ort = require('onnxruntime-node');
} catch (error) {
  console.log('SKIPPED: the npm package onnxruntime-node is not installed (npm install ' +
              '--ignore-scripts onnxruntime-node, then NODE_PATH)');
  process.exit(77);
}

const types = {
  '<f4': ['float32', Float32Array], '<f8': ['float64', Float64Array],
  '<i4': ['int32', Int32Array], '<i8': ['int64', BigInt64Array],
  '|i1': ['int8', Int8Array], '|u1': ['uint8', Uint8Array], '|b1': ['bool', Uint8Array],
  '<i2': ['int16', Int16Array],
};

// An array of NumPy's .npy format, versions 1 to 3.
function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const wide = bytes[6] > 1;
  const start = wide ? 12 : 10;
  const end = start + (wide ? bytes.readUInt32LE(8) : bytes.readUInt16LE(8));
  const header = bytes.toString('latin1', start, end);
  const descr = header.match(/'descr': *'([^']*)'/)[1];
  const dims = header.match(/'shape': *\(([^)]*)\)/)[1].split(',').filter(s => s.trim())
      .map(Number);
  const [type, ArrayType] = types[descr];
  const copy = new Uint8Array(bytes.subarray(end));
  return {type, dims, data: new ArrayType(copy.buffer)};
}

function compare(name, got, expected, rtol, atol) {
  if (got.dims.join() !== expected.dims.join())
    return `${name} has the shape [${got.dims}] instead of [${expected.dims}]`;
  for (let i = 0; i < expected.data.length; i++) {
    const a = Number(got.data[i]), b = Number(expected.data[i]);
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    if (!(Math.abs(a - b) <= atol + rtol * Math.abs(b)))
      return `${name} element ${i} is ${a} instead of ${b}`;
  }
  return null;
}

async function check(folder) {
  const {rtol, atol} = JSON.parse(fs.readFileSync(path.join(folder, 'case.json'), 'utf8'));
  const session = await ort.InferenceSession.create(
      path.join(folder, 'model.onnx'), {logSeverityLevel: 4, intraOpNumThreads: 1});
  const feeds = {};
  session.inputNames.forEach((name, i) => {
    const array = readNpy(path.join(folder, `x${i}.npy`));
    feeds[name] = new ort.Tensor(array.type, array.data, array.dims);
  });
  const results = await session.run(feeds);
  for (let i = 0; i < session.outputNames.length; i++) {
    const expected = readNpy(path.join(folder, `y${i}.npy`));
    const wrong = compare(`output ${i}`, results[session.outputNames[i]], expected, rtol, atol);
    if (wrong) return wrong;
  }
  return null;
}

(async () => {
  let passed = 0, failed = 0;
  for (const name of fs.readdirSync(process.argv[2]).sort()) {
    let wrong;
    try {
      wrong = await check(path.join(process.argv[2], name));
    } catch (error) {
      wrong = String(error.message || error).split('\n')[0];
    }
    if (wrong) failed++, console.log(`${name}: ${wrong}`);
    else passed++;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed > 0 ? 1 : 0);
})();
