// The live page: lists alerts, then follows them over Server-Sent Events and resumes after a lost connection.
"use strict";

/** Alerts on the page at once; older ones are in `mcpsec alerts list`. */
const SHOWN = 500;

/** Milliseconds in which changes are collected before the page is redrawn; chosen: below what a person notices. */
const REDRAW_AFTER = 50;

/** Milliseconds between two attempts when the server refuses the stream; the browser itself retries a broken one. */
const RETRY_AFTER = 3000;

const LEVELS = ["critical", "high", "medium", "low", "informational"];

const byId = (id) => document.getElementById(id);
const rows = byId("alerts");
const frame = byId("frame");

/** What is shown, by alert id: `{ alert, row }`. */
const shown = new Map();
const changed = new Set();
let hasMore = false;
let position = null;
let source = null;
let redraw = null;
let retry = null;
let attempt = 0;

// ---------------------------------------------------------------- connection

/** One of: connecting, live, lost, signed-out, paused. */
function setConnection(state, text) {
  document.body.dataset.state = state;
  if (byId("connection").textContent !== text) byId("connection").textContent = text;
}

function clock() {
  return new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" }).format(new Date());
}

function setLost() {
  // The moment counts, not each failed attempt after it.
  if (document.body.dataset.state === "lost") return;
  setConnection("lost", `Connection lost at ${clock()}, reconnecting…`);
}

function leave() {
  clearTimeout(retry);
  source?.close();
  source = null;
}

/** Opens a session when the address holds a key, loads the list, then follows it. Starts over whatever runs. */
async function start() {
  leave();
  const mine = ++attempt;
  try {
    const refusal = await openSession();
    if (mine !== attempt) return;
    const answer = await fetch(`/api/v1/alerts?limit=${SHOWN}`, { headers: { accept: "application/json" } });
    if (mine !== attempt) return;
    if (answer.status === 401) {
      signedOut(refusal);
      return;
    }
    if (!answer.ok) throw new Error(await problemOf(answer));
    const page = await answer.json();
    if (mine !== attempt) return;
    replaceAll(page.items, page.nextCursor !== undefined);
    position = page.position;
    follow();
  } catch (error) {
    if (mine !== attempt) return;
    setLost();
    // A list on screen stays the best there is; an empty page must say what is wrong.
    if (shown.size === 0) {
      showNotice("The alerts could not be loaded", error instanceof TypeError
        ? "The server does not answer. This page tries again by itself." : error.message);
    }
    retry = setTimeout(start, RETRY_AFTER);
  }
}

/** Goes on where the list ended; the browser itself resumes with Last-Event-ID after a broken connection. */
function follow() {
  const mine = new EventSource(`/api/v1/live/alerts?after=${position}`);
  source = mine;
  mine.addEventListener("open", () => setConnection("live", "Live"));
  mine.addEventListener("error", () => {
    if (mine !== source) return;
    setLost();
    // Closed: the server answered, but with no stream. The list says why (the session has ended, say) or goes on.
    if (mine.readyState === EventSource.CLOSED) retry = setTimeout(start, shown.size === 0 ? 0 : RETRY_AFTER / 3);
  });
  mine.addEventListener("alert", (message) => {
    position = Number(message.lastEventId);
    put(JSON.parse(message.data));
  });
}

/** Turns the key in the address into a session. Answers why not, or null. */
async function openSession() {
  const key = new URLSearchParams(location.hash.slice(1)).get("k");
  if (!key) return null;
  // The key is used up now: it must not stay in the address bar or the history.
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
  if (!answer.ok) return problemOf(answer);
  signIns.postMessage("signed-in");
  return null;
}

async function problemOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  return problem.detail ?? problem.title ?? `The server answered ${answer.status}.`;
}

/** `refusal`: why the link of this visit opened no session; null when there was none. */
function signedOut(refusal) {
  setConnection("signed-out", "Not signed in");
  const link = `page    ${location.origin}/#k=…`;
  if (refusal) {
    showNotice("This link does not open a session", refusal, link);
  } else if (shown.size > 0) {
    showNotice("Your session has ended",
      "The server was restarted, or 12 hours have passed. Open the link it printed when it started, here or in "
      + "another tab: this page goes on by itself. What you see below may be out of date.", link);
  } else {
    showNotice("Open the link that the server printed",
      "It is on the terminal where you started ./mcpsec serve, works once and expires after 15 minutes. "
      + "Restart the server for a new one.", link);
  }
}

const signIns = new BroadcastChannel("mcpsec");
signIns.addEventListener("message", () => {
  if (document.body.dataset.state === "signed-out") start();
});

// A link pasted into this tab changes only what is behind the #, which loads nothing.
addEventListener("hashchange", () => {
  if (location.hash.startsWith("#k=")) start();
});

// A browser has six connections to a server for all its tabs: a hidden page lets go of its own.
document.addEventListener("visibilitychange", () => {
  const state = document.body.dataset.state;
  if (document.hidden && state === "live") {
    leave();
    setConnection("paused", "Paused while hidden");
  } else if (!document.hidden && state === "paused") {
    setConnection("connecting", "Connecting…");
    follow();
  } else if (!document.hidden && state !== "live" && state !== "connecting") {
    start();
  }
});

// ---------------------------------------------------------------- list

function replaceAll(items, more) {
  shown.clear();
  changed.clear();
  hasMore = more;
  for (const alert of items) shown.set(alert.id, { alert, row: newRow(alert) });
  draw();
}

function put(alert) {
  const known = shown.get(alert.id);
  // Around a reconnect an alert comes again as it was: nothing to show.
  if (known && known.alert.count === alert.count && known.alert.lastSeen === alert.lastSeen) return;
  if (known) {
    known.alert = alert;
    fill(known.row, alert);
  } else {
    shown.set(alert.id, { alert, row: newRow(alert) });
    // A burst must not grow the page without bound while it waits to be drawn.
    if (shown.size > 4 * SHOWN) keepNewest();
  }
  changed.add(alert.id);
  redraw ??= setTimeout(draw, REDRAW_AFTER);
}

/** Last seen first; the server's order, so that a reload changes nothing. */
function newestFirst(a, b) {
  return Date.parse(b.alert.lastSeen) - Date.parse(a.alert.lastSeen) || (a.alert.id < b.alert.id ? 1 : -1);
}

function keepNewest() {
  const order = [...shown.values()].sort(newestFirst);
  for (const { alert } of order.slice(SHOWN)) {
    shown.delete(alert.id);
    hasMore = true;
  }
  return order.slice(0, SHOWN);
}

function draw() {
  clearTimeout(redraw);
  redraw = null;
  const order = keepNewest();
  const wanted = new Set(order.map(({ row }) => row));
  for (const row of [...rows.rows]) {
    if (!wanted.has(row)) row.remove();
  }
  // Only what stands in a wrong place moves: focus, selection and scrolling survive the rest.
  let next = rows.firstElementChild;
  for (const { row } of order) {
    if (row === next) next = next.nextElementSibling;
    else rows.insertBefore(row, next);
  }
  highlight();
  describe();
}

function countOf(level) {
  let number = 0;
  for (const { alert } of shown.values()) number += alert.level === level ? 1 : 0;
  return number;
}

function highlight() {
  const fresh = [...changed].map((id) => shown.get(id)?.row).filter(Boolean);
  changed.clear();
  for (const row of fresh) row.classList.remove("fresh");
  // Reading a size restarts the animation of a row that changes again.
  if (fresh.length > 0) void rows.offsetHeight;
  for (const row of fresh) row.classList.add("fresh");
}

function describe() {
  const total = shown.size;
  frame.hidden = total === 0;
  byId("order").hidden = total === 0;
  setText("summary", total === 0 ? "" : hasMore ? `the ${total} seen last` : `${total}`);
  setText("levels", LEVELS.map((level) => [level, countOf(level)]).filter(([, number]) => number > 0)
    .map(([level, number]) => `${number} ${level}`).join(" · "));
  if (total > 0) {
    byId("notice").hidden = true;
    return;
  }
  showNotice("No alerts yet", "Import rules, then send a log: your own, or these examples. Alerts appear here as they are raised.",
    "./mcpsec rules import examples/rules\n./mcpsec ingest examples/events.ndjson");
}

// ---------------------------------------------------------------- one alert

const thisYear = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const otherYear = new Intl.DateTimeFormat(undefined, {
  year: "numeric", month: "short", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
const zone = new Intl.DateTimeFormat(undefined, { timeZoneName: "longOffset" })
  .formatToParts(new Date()).find((part) => part.type === "timeZoneName").value.replace("GMT", "UTC").replace("+00:00", "");

function newRow(alert) {
  const row = document.createElement("tr");
  row.dataset.id = alert.id;
  const cells = [["level"], ["title"], ["name", "Host"], ["name", "User"], ["number", "Events"], ["time", "Last seen"]];
  for (const [className, label] of cells) {
    const td = row.insertCell();
    td.className = className;
    if (label) td.dataset.label = label;
  }
  fill(row, alert);
  return row;
}

/** Everything that comes from an event or a rule is set as text, never as markup. */
function fill(row, alert) {
  const [level, title, host, user, count, time] = row.cells;
  level.replaceChildren(element("span", `mark mark-${alert.level}`, alert.level));
  title.replaceChildren(element("span", "clamp", alert.title));
  const techniques = (alert.tags ?? []).filter((tag) => /^attack\.t\d/i.test(tag)).map((tag) => tag.slice(7).toUpperCase());
  if (techniques.length > 0) title.append(element("small", "", techniques.join(" · ")));
  setName(host, alert.entities?.["host.name"]);
  setName(user, alert.entities?.["user.name"]);
  count.textContent = alert.count.toLocaleString();
  time.replaceChildren(timeOf(alert.lastSeen));
  const first = timeOf(alert.firstSeen);
  if (first.textContent !== time.textContent) {
    const since = element("small", "", "since ");
    since.append(first);
    time.append(since);
  }
  row.classList.toggle("single", alert.count === 1);
}

function setName(cell, name) {
  cell.replaceChildren();
  if (!name) return;
  const span = element("span", "clamp", "");
  // A long name breaks behind its separators, and one that is cut off can still be read.
  for (const part of name.split(/(?<=[.\\@_-])/)) span.append(part, document.createElement("wbr"));
  span.title = name;
  cell.append(span);
}

function timeOf(value) {
  const date = new Date(value);
  const format = date.getFullYear() === new Date().getFullYear() ? thisYear : otherYear;
  const time = element("time", "", format.format(date));
  time.dateTime = value;
  time.title = value;
  return time;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function setText(id, text) {
  // A live region speaks on each change, so it is left alone when there is none.
  if (byId(id).textContent !== text) byId(id).textContent = text;
}

function showNotice(title, text, command) {
  setText("notice-title", title);
  setText("notice-text", text);
  setText("notice-command", command ?? "");
  byId("notice-command").hidden = !command;
  byId("notice").hidden = false;
}

byId("order").textContent = `Last seen first, times in ${zone}`;
start();
