// The demo and a browser that is signed in to it.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";

/// Starts a demo on a free port, and gives its ready file's content when it answers.
export async function startDemo(...options) {
  const folder = mkdtempSync(join(tmpdir(), "seatwise-browser-"));
  const file = join(folder, "ready.json");
  const args = ["demo", "--listen", "127.0.0.1:0", "--ready-file", file, ...options];
  const server = spawn(process.env.SEATWISE, args, { stdio: ["ignore", "ignore", "inherit"] });
  let ended = false;
  server.on("exit", () => (ended = true));
  for (let tries = 0; !existsSync(file); tries += 1) {
    if (ended || tries > 1200) throw new Error("the demo did not start");
    await pause(100);
  }
  const ready = JSON.parse(readFileSync(file, "utf8"));
  const stop = async () => {
    const exit = new Promise((done) => server.on("exit", done));
    server.kill("SIGTERM");
    await exit;
    rmSync(folder, { recursive: true });
  };
  return { ...ready, stop };
}

/// Chromium without what speaks to other computers.
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-gpu",
    ],
  });
}
