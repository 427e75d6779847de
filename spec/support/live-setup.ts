/** Jest runs this once before the live and CLI specs. */
import { makeSharedLua } from "./shared-lua";

export default makeSharedLua;
