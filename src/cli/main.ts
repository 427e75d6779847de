#!/usr/bin/env node
import "./lua-globals";
import { runEntry } from "./failure";
import { makeProgram } from "./program";

// Whoever reads may stop before the end, as `head` does.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

void runEntry(async () => void (await makeProgram().parseAsync()));
