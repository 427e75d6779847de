import { Failure } from "../failure";
import { findLuajit, findNginx, inspect, THIS_MACHINE } from "./find";
import type { Nginx, SearchSpace } from "./find";
import { canInstall, installWithApt } from "./install";
import { DEBIAN_PACKAGES } from "./kinds";

/** What the build and the gateway need beside Node. */
export interface Platform {
  readonly nginx: Nginx;
  /** The executable that byte-compiles the build and runs the specs of the core. */
  readonly luajit: string;
}

/** An nginx to use in place of the one that would be found. */
const REQUEST = "SWITCHBOARD_NGINX";

export function requestNginx(executable: string): void {
  process.env[REQUEST] = executable;
}

/**
 * Finds nginx and LuaJIT, installing them first where that is possible.
 * @throws Failure that says exactly what to install
 */
export function ensurePlatform(space: SearchSpace = THIS_MACHINE): Platform {
  const requested = process.env[REQUEST];
  const first = look(requested, space);
  if (typeof first !== "string") return first;
  if (requested !== undefined || !space.mayInstall || !canInstall()) throw new Failure(advice(first));
  console.log(first);
  if (!installWithApt()) throw new Failure(advice(`${first}, and apt-get failed`));
  const second = look(requested, space);
  if (typeof second !== "string") return second;
  throw new Failure(advice(second));
}

/** The platform, or what is wrong. */
function look(requested: string | undefined, space: SearchSpace): Platform | string {
  const { nginx, problem } = requested === undefined ? findNginx(space) : inspect(requested);
  if (nginx === undefined) return problem ?? "no nginx";
  const luajit = findLuajit(space);
  return luajit === undefined ? "luajit is not installed" : { nginx, luajit };
}

function advice(problem: string): string {
  return `${problem}: install OpenResty, or on Debian as root: apt-get install ${DEBIAN_PACKAGES.join(" ")}`;
}
