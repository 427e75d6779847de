import type { EditWorld } from "../../src/admin/edit-world";
import { Editor } from "../../src/admin/editor";
import type { Change } from "../../src/core/config/layers/change";
import type { LivePeer } from "../../src/core/config/layers/stamp";
import { RuntimeState } from "../../src/core/config/layers/runtime-state";
import type { Publishable } from "../../src/core/config/publisher";
import type { UpstreamConfig } from "../../src/core/config/snapshot";
import { registry } from "../core/config/documents";

export const FILE = {
  upstreams: {
    chat: {
      peers: [{ id: "a", address: "10.0.0.1:80" }, { address: "10.0.0.2:80" }],
      drain: { deadline: "1m", spread: "10s" },
    },
    other: { peers: [{ id: "x", address: "10.0.1.1:80" }] },
  },
  routes: [{ id: "all", upstream: "chat" }],
};

/** Everything around an editor, in memory; a body is looked up among `bodies` instead of being decoded. */
export class EditorFixture {
  readonly appended: Change[] = [];
  readonly published: Publishable[] = [];
  readonly open = new LuaMap<string, number>();
  readonly bodies = new LuaMap<string, unknown>();
  readonly changed: string[] = [];
  aborted = 0;
  undone = 0;
  now = 1000;
  prepareErr: string | undefined;
  appendErr: string | undefined;
  commitErr: string | undefined;
  generation = 6;
  readonly editor: Editor;

  /** @param before what was published by another one, as before a reload */
  constructor(
    file: unknown = FILE,
    private readonly before?: EditorFixture,
  ) {
    this.editor = new Editor(this.world());
    this.editor.load(file, "FILE", new RuntimeState());
  }

  body(value: unknown): string {
    const name = `body ${this.appended.length} ${this.published.length}`;
    this.bodies.set(name, value);
    return name;
  }

  /** The upstream as it was published last. */
  upstream(name: string): UpstreamConfig {
    let found: UpstreamConfig | undefined;
    for (const { upstreams } of this.published) {
      for (const upstream of upstreams) if (upstream.name === name) found = upstream;
    }
    return found!;
  }

  private world(): EditWorld {
    return {
      registry,
      token: "t",
      clock: { now: () => this.now },
      decode: (text) => {
        const value = this.bodies.get(text);
        if (value === undefined) return $multi(undefined, "odd");
        return $multi(value);
      },
      published: (upstream) => this.before?.upstream(upstream),
      live: ({ name }) => this.live(name),
      changed: (before, after) => void this.changed.push(`${before?.name ?? "-"} ${after?.name ?? "-"}`),
      open: (upstream, key) => this.open.get(`${upstream} ${key}`) ?? 0,
      pause: () => undefined,
      stateLog: this.stateLog(),
      publisher: { prepare: (what) => this.prepare(what) },
    };
  }

  private live(name: string): LivePeer[] {
    if (this.published.length === 0) return [];
    return this.upstream(name).peers.map(({ id, address }) => {
      // Every name leads to the same address.
      const key = address.startsWith("10.") ? id : `${id}#10.0.0.1`;
      return { key, id, host: "10.0.0.1", port: 80 };
    });
  }

  private stateLog(): EditWorld["stateLog"] {
    const { appended } = this;
    return {
      lastSeq: 0,
      nextSeq: 1,
      append: (change) => {
        if (this.appendErr !== undefined) return this.appendErr;
        appended.push(change);
        return undefined;
      },
      undoLast: () => {
        this.undone += 1;
        appended.pop();
        return undefined;
      },
    };
  }

  private prepare(what: Publishable): ReturnType<EditWorld["publisher"]["prepare"]> {
    if (this.prepareErr !== undefined) return $multi(undefined, this.prepareErr);
    return $multi({
      generation: this.generation + 1,
      hasChanged: true,
      commit: () => {
        if (this.commitErr !== undefined) return $multi(undefined, this.commitErr);
        this.generation += 1;
        this.published.push(what);
        return $multi(true);
      },
      abort: () => {
        this.aborted += 1;
      },
    });
  }
}
