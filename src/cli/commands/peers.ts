import { Option } from "commander";
import type { Command } from "commander";
import type { Answer } from "../client/admin-client";
import { peerPath, upstreamPath } from "../client/paths";
import type { PeerName } from "../client/paths";
import type { PeerView } from "../client/shapes";
import { describePeer } from "../output/peers";
import { toCount, toDuration, toPeerName, withExamples } from "./arguments";
import { withContext } from "./context";
import type { Context } from "./context";
import { waitUntilEmpty } from "./peer-wait";

interface PeerFields {
  readonly weight?: number;
  readonly maxConns?: number;
  readonly backup?: boolean;
  readonly zone?: string;
  readonly state?: string;
}

interface DrainOptions {
  readonly deadline?: string;
  readonly close?: string;
  readonly spread?: string;
  readonly force?: boolean;
  readonly wait?: boolean;
}

interface RemoveOptions {
  readonly sessions?: string;
  readonly wait?: boolean;
}

const PEER_ARGUMENT = "<upstream/peer>";
const STATES = ["ready", "drain", "maint"];

/** The commands that change the peers of an upstream. */
export function addPeerCommands(program: Command): void {
  addAdd(program);
  addSet(program);
  addDrain(program);
  addReadyAndMaint(program);
  addRemove(program);
}

function addAdd(program: Command): void {
  withExamples(
    peerFields(
      program
        .command("add")
        .description("add a peer to an upstream")
        .argument("<upstream>")
        .argument("<address>", "host:port, [ipv6]:port or unix:/path")
        .option("--id <id>", "its name (default: the address)"),
    ).action(
      withContext(
        async (context, upstream: string, address: string, options: PeerFields & { id?: string }) => {
          const body = { address, id: options.id, ...toBody(options) };
          const path = `${upstreamPath(upstream)}/peers`;
          showPeer(context, upstream, await context.client().call<PeerView>("POST", path, { body }));
        },
      ),
    ),
    "switchboard add chat 10.0.0.4:8010 --id d --weight 2",
    "switchboard add chat unix:/run/chat.sock --backup",
  );
}

function addSet(program: Command): void {
  withExamples(
    peerFields(
      program
        .command("set")
        .description("change a peer; what is not named stays")
        .argument(PEER_ARGUMENT, "for instance chat/a", toPeerName),
    )
      .option("--no-backup", "an ordinary peer again")
      .action(
        withContext(async (context, name: PeerName, options: PeerFields, command: Command) => {
          const body = toBody(options);
          if (Object.keys(body).length === 0) command.error("error: nothing to change was named");
          await change(context, "PATCH", name, "", body);
        }),
      ),
    "switchboard set chat/a --weight 3 --max-conns 20000",
  );
}

function addDrain(program: Command): void {
  withExamples(
    program
      .command("drain")
      .description("send a peer no more sessions but those bound to it; open ones stay")
      .argument(PEER_ARGUMENT, "for instance chat/a", toPeerName)
      .option("--deadline <duration>", "after it, the rest is closed if --close is paced", toDuration)
      .addOption(
        new Option("--close <how>", "what becomes of sessions after the deadline").choices(["keep", "paced"]),
      )
      .option("--spread <duration>", "how long the closing takes, so that not all return at once", toDuration)
      .option("--force", "even if it is the last ready peer")
      .option("--wait", "until no session is left; Ctrl-C ends the waiting, not the draining")
      .action(
        withContext(async (context, name: PeerName, options: DrainOptions) => {
          const { deadline, close, spread, force } = options;
          const body = { deadline, close, spread, force };
          await change(context, "POST", name, "/drain", body, options.wait === true ? "draining" : undefined);
        }),
      ),
    "switchboard drain chat/a --deadline 5m --close paced --spread 30s --wait",
  );
}

function addReadyAndMaint(program: Command): void {
  withExamples(
    program
      .command("ready")
      .description("take a peer back into use")
      .argument(PEER_ARGUMENT, "for instance chat/a", toPeerName)
      .action(withContext((context, name: PeerName) => change(context, "POST", name, "/ready"))),
    "switchboard ready chat/a",
  );

  withExamples(
    program
      .command("maint")
      .description("take a peer out of use and close its sessions now")
      .argument(PEER_ARGUMENT, "for instance chat/a", toPeerName)
      .option("--force", "even if it is the last ready peer")
      .action(
        withContext((context, name: PeerName, { force }: { force?: boolean }) =>
          change(context, "POST", name, "/maint", { force }),
        ),
      ),
    "switchboard maint chat/a",
  );
}

function addRemove(program: Command): void {
  withExamples(
    program
      .command("remove")
      .description("remove a peer; it stays listed until its last session ends")
      .argument(PEER_ARGUMENT, "for instance chat/a", toPeerName)
      .addOption(
        new Option("--sessions <what>", "what becomes of its sessions (default: keep)").choices([
          "keep",
          "drain",
          "close",
        ]),
      )
      .option("--wait", "until no session is left; Ctrl-C ends the waiting alone")
      .action(
        withContext(async (context, name: PeerName, options: RemoveOptions) => {
          const query = { sessions: options.sessions };
          const answer = await context.client().call<PeerView>("DELETE", peerPath(name), { query });
          await finish(context, name, answer, options.wait === true ? "removed" : undefined);
        }),
      ),
    "switchboard remove chat/a --sessions drain --wait",
  );
}

/** The fields that `add` and `set` share. */
function peerFields(command: Command): Command {
  return command
    .option("--weight <n>", "its share of new sessions, 0 to 1000", toCount)
    .option("--max-conns <n>", "the most sessions it takes at once; 0 for any number", toCount)
    .option("--backup", "only used when no other peer can be")
    .option("--zone <zone>", "where it is")
    .addOption(new Option("--state <state>", "the state to be in").choices(STATES));
}

/** The fields that are given, by the names that the API has for them. */
function toBody(fields: PeerFields): Record<string, unknown> {
  const { weight, maxConns, backup, zone, state } = fields;
  const all = { weight, max_conns: maxConns, backup, zone, state };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** @param awaited what goes on with it until its last session ends, if that is waited for */
async function change(
  context: Context,
  method: string,
  name: PeerName,
  action: string,
  body?: Record<string, unknown>,
  awaited?: string,
): Promise<void> {
  const answer = await context.client().call<PeerView>(method, peerPath(name) + action, { body });
  await finish(context, name, answer, awaited);
}

async function finish(
  context: Context,
  name: PeerName,
  answer: Answer<PeerView>,
  awaited: string | undefined,
): Promise<void> {
  if (awaited === undefined) return showPeer(context, name.upstream, answer);
  const document = await waitUntilEmpty(context.client(), name, answer.document, awaited);
  showPeer(context, name.upstream, { document, isPending: false });
}

function showPeer(context: Context, upstream: string, answer: Answer<PeerView>): void {
  context.showChange(answer, (peer) => `${describePeer(upstream, peer)}\n`);
}
