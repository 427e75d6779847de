import type { Disk } from "../../../src/core/state/disk";

/** What a disk that dies says to whoever still asks. */
export class Death extends Error {}

interface Inode {
  /** What the next start finds. */
  durable: string;
  content: string;
  lockedBy?: number;
}

export type Fault = "fail" | "die" | "die after";

/**
 * Files in memory. Writes are durable once synced; at a death, of what was not synced an arbitrary beginning is there.
 * One call, counted from 1, can have a fault.
 */
export class FakeDisk implements Disk {
  calls = 0;
  faultAt = 0;
  fault: Fault = "fail";
  /** How many calls in a row fail. */
  faults = 1;
  isDead = false;
  private names = new Map<string, Inode>();
  private durableNames = new Map<string, Inode>();
  private open_ = new Map<number, Inode>();
  private last = 0;

  /** The disk as the next start finds it. @param kept the part of unsynced bytes that made it */
  restarted(kept: number, areNamesKept: boolean): FakeDisk {
    const next = new FakeDisk();
    const names = areNamesKept ? this.names : this.durableNames;
    for (const [name, inode] of names) {
      const { durable, content } = inode;
      const isAppended = content.startsWith(durable);
      const end = isAppended ? durable.length + Math.floor((content.length - durable.length) * kept) : 0;
      const text = isAppended ? content.slice(0, end) : kept < 0.5 ? durable : content;
      next.names.set(name, { durable: text, content: text });
    }
    next.durableNames = new Map(next.names);
    return next;
  }

  put(path: string, text: string): void {
    this.names.set(path, { durable: text, content: text });
    this.durableNames.set(path, this.names.get(path)!);
  }

  text(path: string): string | undefined {
    return this.names.get(path)?.content;
  }

  paths(): string[] {
    return [...this.names.keys()].sort();
  }

  open(path: string, mode: "read" | "append" | "new"): ReturnType<Disk["open"]> {
    let inode = this.names.get(path);
    if (mode === "read" && inode === undefined) return $multi(undefined, `${path}: none`, true);
    if (mode === "new" && inode !== undefined) return $multi(undefined, `${path}: exists`);
    if (inode === undefined) {
      if (this.refuses()) return $multi(undefined, `${path}: open failed`);
      inode = { durable: "", content: "" };
      this.names.set(path, inode);
    }
    this.last += 1;
    this.open_.set(this.last, inode);
    return $multi(this.last);
  }

  close(file: number): void {
    const inode = this.open_.get(file);
    if (inode?.lockedBy === file) delete inode.lockedBy;
    this.open_.delete(file);
  }

  lock(file: number, path: string): string | undefined {
    const inode = this.open_.get(file)!;
    if (inode.lockedBy !== undefined && inode.lockedBy !== file) return `${path}: locked`;
    inode.lockedBy = file;
    return undefined;
  }

  isAt(file: number, path: string): boolean {
    return this.names.get(path) === this.open_.get(file);
  }

  read(file: number, _path: string, offset: number, limitBytes: number): ReturnType<Disk["read"]> {
    return $multi(this.open_.get(file)!.content.slice(offset, offset + Math.min(limitBytes, 7)));
  }

  write(file: number, path: string, text: string): string | undefined {
    const inode = this.open_.get(file)!;
    if (this.refuses()) {
      inode.content += text.slice(0, text.length / 2);
      return `${path}: write failed`;
    }
    inode.content += text;
    this.dieIfAfter();
    return undefined;
  }

  sync(file: number, path: string): string | undefined {
    if (this.refuses()) return `${path}: sync failed`;
    const inode = this.open_.get(file)!;
    inode.durable = inode.content;
    this.dieIfAfter();
    return undefined;
  }

  truncate(file: number, path: string, sizeBytes: number): string | undefined {
    if (this.refuses()) return `${path}: truncate failed`;
    const inode = this.open_.get(file)!;
    inode.content = inode.content.slice(0, sizeBytes);
    this.dieIfAfter();
    return undefined;
  }

  rename(from: string, to: string): string | undefined {
    if (this.refuses()) return `${to}: rename failed`;
    this.names.set(to, this.names.get(from)!);
    this.names.delete(from);
    this.dieIfAfter();
    return undefined;
  }

  remove(path: string): string | undefined {
    if (!this.names.has(path)) return undefined;
    if (this.refuses()) return `${path}: remove failed`;
    this.names.delete(path);
    return undefined;
  }

  syncFolderOf(path: string): string | undefined {
    if (this.refuses()) return `${path}: sync of the folder failed`;
    this.durableNames = new Map(this.names);
    this.dieIfAfter();
    return undefined;
  }

  user(): string {
    return "user nobody (1)";
  }

  private refuses(): boolean {
    if (this.isDead) throw new Death();
    this.calls += 1;
    const isHit = this.calls >= this.faultAt && this.calls < this.faultAt + this.faults;
    if (!isHit || this.fault === "die after") return false;
    if (this.fault === "fail") return true;
    this.isDead = true;
    throw new Death();
  }

  private dieIfAfter(): void {
    if (this.fault !== "die after" || this.calls !== this.faultAt) return;
    this.isDead = true;
    throw new Death();
  }
}
