#!/usr/bin/env node
// The executable: hands the process's streams to the program and sets the exit code.
import { runProgram } from "./program.ts";

// Whoever reads may stop reading: `cru audit tail | head` is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

process.exitCode = await runProgram(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  cwd: process.cwd(),
});
