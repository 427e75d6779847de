/** Jest runs this before every live and CLI spec file. */
import { registerCleanupHooks } from "./cleanup";

jest.setTimeout(60_000);
registerCleanupHooks();
