// Every page of the demo, as people see it: narrow and wide, light and dark, with and without the script.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { startBrowser, startCollector, startDemo } from "./demo.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const demo = await startDemo("--customers", "250", "--days", "90");
const browser = await startBrowser();
let failed = 0;

async function check(name, test) {
  try {
    await test();
    console.log(`ok    ${name}`);
  } catch (err) {
    failed += 1;
    console.log(`FAILED ${name}\n${err.stack}`);
  }
}

// Signs in once; other contexts have the same cookie.
const first = await browser.newContext();
const door = await first.newPage();
await check("the link signs in once, and leads to the portfolio", async () => {
  await door.goto(demo.signIn);
  assert.equal(door.url(), `${demo.url}/`);
  assert.equal((await door.request.get(demo.signIn, { maxRedirects: 0 })).status(), 401);
});
const storageState = await first.storageState();

const customer = await (async () => {
  await door.goto(`${demo.url}/customers?sort=-sold`);
  return door.locator("tbody td:first-child a").first().getAttribute("href");
})();
const product = await (async () => {
  await door.goto(demo.url + customer);
  return door.locator('a[href^="/product"]').first().getAttribute("href");
})();
const exchange = "service=o365&channel=reseller&workload=Exchange";
const PAGES = [
  "/",
  "/?asOf=2026-09-30",
  "/customers",
  "/customers?only=risk&sort=-sold",
  customer,
  product,
  `/workload?${exchange}`,
  "/changes",
  `/explain?${exchange}`,
  "/data",
  // After the others, so that new pages are looked at too.
  ...(await door.locator('nav[aria-label="Pages"] a').evaluateAll((all) => all.map((it) => it.getAttribute("href")))),
].filter((it, place, all) => all.indexOf(it) === place);

for (const width of [390, 1280, 1920]) {
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({ storageState, colorScheme, viewport: { width, height: 900 } });
    for (const address of PAGES) {
      await check(`${address} at ${width}, ${colorScheme}`, async () => {
        const page = await context.newPage();
        const said = [];
        page.on("console", (message) => said.push(message.text()));
        page.on("pageerror", (err) => said.push(err.message));
        page.on("request", (request) => {
          if (new URL(request.url()).origin !== demo.url) said.push(`asked for ${request.url()}`);
        });
        const answer = await page.goto(demo.url + address);
        assert.equal(answer.status(), 200);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(over <= 0, `the page is ${over} pixels too wide`);
        // All that can be opened is looked at too. The policy admits no other script, so axe is
        // run by the driver.
        await page.evaluate(() => document.querySelectorAll("details").forEach((it) => (it.open = true)));
        await page.evaluate(AXE);
        const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
        const serious = found.violations.filter((it) => ["serious", "critical"].includes(it.impact));
        const faults = serious.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html).join("\n  ")}`);
        assert.deepEqual(faults, []);
        assert.deepEqual(said, []);
        await page.close();
      });
    }
    await context.close();
  }
}

await check("every page says the same without JavaScript", async () => {
  const context = await browser.newContext({ storageState, javaScriptEnabled: false });
  const page = await context.newPage();
  for (const address of PAGES) {
    const answer = await page.goto(demo.url + address);
    assert.equal(answer.status(), 200, address);
    assert.ok((await page.locator("h1").count()) === 1, address);
  }
  await page.goto(`${demo.url}/customers`);
  await page.getByLabel("Name or id").fill("bakery");
  await page.getByRole("button", { name: "Apply" }).click();
  assert.match(page.url(), /\/customers\?search=bakery/);
  await page.getByRole("link", { name: "Sold" }).click();
  assert.match(page.url(), /search=bakery&sort=-sold/);
  await page.goto(`${demo.url}/changes`);
  await page.getByRole("link", { name: "Before" }).click();
  assert.match(page.url(), /order=-changes\.before/);
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), "Before");
  await context.close();
});

await check("search, order and pages are in the address, and the back button goes back", async () => {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${demo.url}/customers`);
  const names = () => page.locator("tbody td:first-child a").allInnerTexts();
  const byName = await names();
  await page.getByRole("link", { name: "Sold", exact: true }).click();
  await page.waitForURL("**/customers?sort=-sold");
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), "Sold");
  const bySold = await names();
  assert.notDeepEqual(bySold, byName);
  await page.getByRole("link", { name: "Next" }).click();
  await page.waitForURL("**/customers?sort=-sold&page=2");
  const second = await names();
  assert.notDeepEqual(second, bySold);
  await page.reload();
  assert.deepEqual(await names(), second);
  await page.goBack();
  await page.waitForURL("**/customers?sort=-sold");
  await page.waitForFunction((name) => document.querySelector("tbody a").innerText === name, bySold[0]);
  await page.waitForLoadState();
  await page.getByLabel("Name or id").pressSequentially("bakery");
  await page.waitForURL("**/customers?*search=bakery*");
  const found = await names();
  assert.ok(found.length > 0 && found.length < 100);
  const chip = page.getByRole("link", { name: /name has “bakery”/ });
  await chip.click();
  await page.waitForURL("**/customers?sort=-sold");
  assert.deepEqual(await names(), bySold);
  await context.close();
});

await check("tables of all pages are put in order, and lists turned over, without a new page", async () => {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  const open = async (address) => {
    await page.goto(demo.url + address);
    await page.evaluate(() => (globalThis.stayed = true));
  };
  const click = async (link, url) => {
    await link.click();
    await page.waitForURL(url);
    assert.ok(await page.evaluate(() => globalThis.stayed), url);
  };
  const heading = (name) => page.getByRole("columnheader", { name, exact: true }).getByRole("link").first();
  const rows = (caption) => page.getByRole("table", { name: caption }).locator("tbody tr td:first-child").allInnerTexts();

  await open("/idle");
  const idle = "Products of customers with their idle seats";
  const mostIdle = await rows(idle);
  await click(page.getByRole("table", { name: idle }).getByRole("link", { name: "Customer" }), "**/idle?sort=customer");
  assert.equal(await page.locator('th[aria-sort="ascending"]').innerText(), "Customer");
  const byName = await rows(idle);
  assert.notDeepEqual(byName, mostIdle);
  await click(page.getByRole("link", { name: "Next" }), "**/idle?sort=customer&page=2");
  assert.notDeepEqual(await rows(idle), byName);

  await open("/changes");
  await click(heading("Before"), "**/changes?order=-changes.before");
  assert.equal(await page.locator('th[aria-sort="descending"]').innerText(), "Before");
  assert.ok(await page.evaluate(() => document.activeElement.textContent === "Before"));
  await click(page.getByRole("link", { name: "Next" }), "**/changes?order=-changes.before&page=2");
  await page.goBack();
  await page.waitForURL("**/changes?order=-changes.before");
  // Going back loads the page. A navigation that begins while it loads would be aborted.
  await page.waitForFunction(() => !globalThis.stayed && document.readyState === "complete");

  await open(`/workload?${exchange}`);
  await click(heading("Seats not used"), `**/workload?${exchange}&order=-laggards.seats-not-used`);
  await open(product);
  await click(heading("Qualified"), `**${product}&order=-workloads.qualified`);
  await context.close();
});

await check("the link that skips the menu leads to the content", async () => {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${demo.url}/customers`);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL("**/customers#content");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.name), "search");
  await context.close();
});

await check("a browser shows numbers and days as its user writes them", async () => {
  const context = await browser.newContext({ storageState, locale: "de-DE" });
  const page = await context.newPage();
  await page.goto(`${demo.url}/`);
  assert.match(await page.locator(".totals").innerText(), /\d\.\d{3} seats sold/);
  assert.match(await page.locator("tbody td a").nth(1).innerText(), /^\d+,\d\d %$/);
  await context.close();
});

await check("a download opens, and has what is on the page", async () => {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${demo.url}/customers?only=late`);
  const shown = await page.locator("tbody tr").count();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download as CSV" }).click(),
  ]);
  assert.match(download.suggestedFilename(), /^customers-\d{4}-\d\d-\d\d\.csv$/);
  const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\r\n");
  assert.equal(lines.length, shown + 1);
  // Excel takes the encoding from the byte-order mark.
  assert.ok(lines[0].startsWith("\ufeffCustomer,Remark,Sold,"));
  await context.close();
});

await check("a figure leads to how it came about, and the histogram to customers", async () => {
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  await page.goto(`${demo.url}/`);
  const figure = page.locator('a[href^="/explain"]').first();
  const percent = await figure.innerText();
  await figure.click();
  assert.equal(await page.locator(".totals b").innerText(), percent);
  await page.goto(`${demo.url}/workload?${exchange}`);
  await page.locator(".histogram a").last().click();
  assert.match(page.url(), /useFrom=\d+/);
  assert.ok((await page.locator("tbody tr").count()) > 0);
  await context.close();
});

await check("an operator starts a collection with a button, and the page shows how it ended", async () => {
  const server = await startCollector(demo);
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(server.signIn);
    await page.goto(`${server.url}/data`);
    const collections = page.locator("#collections tbody tr");
    assert.equal(await collections.count(), 1);
    await page.getByRole("button", { name: "Collect now" }).click();
    assert.equal(page.url(), `${server.url}/data#collections`);
    // While it is at work there is no button that starts another one.
    const again = page.getByRole("button", { name: "Look again" });
    while ((await again.count()) > 0) await again.click();
    await page.getByRole("button", { name: "Collect now" }).waitFor();
    assert.equal(await collections.count(), 2);
    assert.equal(await collections.getByText("done", { exact: true }).count(), 2);
    const imports = page.locator("#imports tbody tr");
    assert.equal(await imports.count(), 4);
    assert.equal(await imports.getByText("a collection").count(), 4);
    assert.match(await page.locator("#refused").innerText(), /Nothing was refused/);
  } finally {
    await context.close();
    await server.stop();
  }
});

await check("signing out ends the session", async () => {
  await door.goto(`${demo.url}/`);
  await door.getByRole("button", { name: "Sign out" }).click();
  await door.getByRole("heading", { name: "Sign in" }).waitFor();
  assert.equal((await door.goto(`${demo.url}/customers`)).status(), 401);
});

await browser.close();
await demo.stop();
console.log(failed ? `${failed} failed` : "all is well");
process.exit(failed ? 1 : 0);
