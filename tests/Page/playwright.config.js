import { defineConfig } from "@playwright/test";

const browser = process.env.MCPSEC_TEST_BROWSER || "/usr/bin/chromium";

export default defineConfig({
  testDir: ".",
  outputDir: "../../artifacts/test/page",
  // Every file has a host of its own; more than one at a time only slow each other down on two cores.
  workers: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["./summary.js"]],
  use: {
    timezoneId: "UTC",
    locale: "en-US",
    launchOptions: {
      executablePath: browser,
      // Chromium's own sandbox refuses to run as root.
      args: process.getuid() === 0 ? ["--no-sandbox"] : [],
    },
  },
});
