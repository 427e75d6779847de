/** Jest runs this once after the live and CLI specs. */
import { removeSharedLua } from "./shared-lua";

export default removeSharedLua;
