/** Jest runs this once before the live and CLI specs. */
import { makeSharedFiles } from "./shared-files";

export default makeSharedFiles;
