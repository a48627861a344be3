#!/usr/bin/env node
// Starts the binary for this machine: binaries/<platform>-<architecture>/tokenlint, as Node names them.
'use strict';

const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync } = require('node:fs');
const path = require('node:path');

const folder = path.join(__dirname, 'binaries');
const machine = `${process.platform}-${process.arch}`;
const binary = path.join(folder, machine, process.platform === 'win32' ? 'tokenlint.exe' : 'tokenlint');

if (!existsSync(binary)) {
  const known = existsSync(folder) ? readdirSync(folder).join(', ') : 'none';
  console.error(`error: this package has no tokenlint for ${machine} (it has: ${known})`);
  console.error('  help: with a Rust toolchain, install it by `cargo install tokenlint`');
  process.exit(2);
}

const run = spawnSync(binary, process.argv.slice(2), { stdio: 'inherit' });
if (run.error) {
  console.error(`error: ${binary} cannot be run: ${run.error.message}`);
  process.exit(2);
}
if (run.signal) {
  process.kill(process.pid, run.signal);
}
process.exit(run.status === null ? 2 : run.status);
