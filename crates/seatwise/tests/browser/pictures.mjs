// The screenshots of the README: the first page, light and dark.

import { join } from "node:path";
import { startBrowser, startDemo } from "./demo.mjs";

// A year and a bit, so that each figure has one of a year ago.
const demo = await startDemo("--customers", "60", "--days", "400");
const browser = await startBrowser();
let storageState;
for (const [name, address, colorScheme] of [
  ["portfolio", "/", "light"],
  ["workload", "/workload?service=o365&channel=reseller&workload=Exchange", "dark"],
]) {
  const context = await browser.newContext({ storageState, colorScheme, viewport: { width: 1200, height: 900 } });
  const page = await context.newPage();
  if (!storageState) {
    await page.goto(demo.signIn);
    storageState = await context.storageState();
  }
  await page.goto(demo.url + address);
  await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`) });
  await context.close();
}
await browser.close();
await demo.stop();
