/** What may differ from the bundled `nginx.conf` and its snippets; everything else runs as it ships. */
export interface ConfChanges {
  /** In place of `8020`: a port or `address:port`. */
  readonly listen?: string;
  /** In place of `127.0.0.1:8021`. */
  readonly adminListen?: string;
  readonly workers?: number;
  /** Directives after the include of the http, server and location snippet. */
  readonly httpExtra?: string;
  readonly serverExtra?: string;
  readonly locationExtra?: string;
}

/** Configuration files by name. */
export type ConfFiles = Readonly<Record<string, string>>;

/**
 * Applies the changes. One that finds no place to apply is an error: silently running on the bundled port, say, would
 * answer for another gateway.
 */
export function changeConf(files: ConfFiles, changes: ConfChanges): ConfFiles {
  let changed = files;
  const replace = (what: string, pattern: RegExp, replacement: string | undefined): void => {
    if (replacement !== undefined) changed = replaceIn(changed, what, pattern, replacement);
  };
  replace("listen 8020", /(?<=\blisten\s+)8020(?=[\s;])/g, changes.listen);
  replace("listen 127.0.0.1:8021", /(?<=\blisten\s+)127\.0\.0\.1:8021(?=[\s;])/g, changes.adminListen);
  replace("worker_processes", /(?<=\bworker_processes\s+)\w+(?=;)/g, changes.workers?.toString());
  for (const level of ["http", "server", "location"] as const) {
    const extra = changes[`${level}Extra`];
    const include = new RegExp(`(?<=\\binclude\\s+switchboard/${level}\\.conf;)`, "g");
    replace(`include switchboard/${level}.conf`, include, extra === undefined ? undefined : `\n${extra}\n`);
  }
  return changed;
}

function replaceIn(files: ConfFiles, what: string, pattern: RegExp, replacement: string): ConfFiles {
  let isApplied = false;
  const changed = Object.entries(files).map(([name, text]) => [
    name,
    text.replace(pattern, () => {
      isApplied = true;
      return replacement;
    }),
  ]);
  if (!isApplied) throw new Error(`no "${what}" in ${Object.keys(files).join(", ")}`);
  return Object.fromEntries(changed);
}
