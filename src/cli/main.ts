#!/usr/bin/env node
import "./lua-globals";
import { Command } from "commander";
import { VERSION } from "../core/version";
import { checkFile, printSchema } from "./check";
import { runEntry } from "./failure";

const program = new Command("switchboard")
  .description("A WebSocket load balancer in nginx.")
  .version(VERSION);

program
  .command("check")
  .description("check a configuration file as the gateway would, before it is put in place")
  .argument("[file]", "for instance conf/switchboard.json")
  .option("--schema", "print the JSON Schema of the configuration instead")
  .action((file: string | undefined, { schema }: { schema?: boolean }, command: Command) => {
    if (schema) return printSchema();
    if (file === undefined) return command.error("error: which file?");
    checkFile(file);
  });

void runEntry(async () => void (await program.parseAsync()));
