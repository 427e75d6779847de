/** Jest runs this once after the live and CLI specs. */
import { removeSharedFiles } from "./shared-files";

export default removeSharedFiles;
