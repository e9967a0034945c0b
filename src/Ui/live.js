// The live page: lists alerts, then follows them over Server-Sent Events and resumes after a lost connection.
"use strict";

const rows = document.getElementById("alerts");
const summary = document.getElementById("summary");
const notice = document.getElementById("notice");
const connection = document.getElementById("connection");

/** Alerts on the page at once; older ones are in `mcpsec alerts list`. */
const SHOWN = 500;
const alerts = new Map();
const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function setConnection(state, text) {
  connection.dataset.state = state;
  connection.textContent = text;
}

function showNotice(title, text, command) {
  notice.replaceChildren();
  const heading = document.createElement("h3");
  heading.textContent = title;
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  notice.append(heading, paragraph);
  if (command) {
    const code = document.createElement("pre");
    code.tabIndex = 0;
    code.textContent = command;
    notice.append(code);
  }
  notice.hidden = false;
}

function cell(row, text, className, label) {
  const td = row.insertCell();
  td.textContent = text ?? "";
  if (className) td.className = className;
  if (label) td.dataset.label = label;
  return td;
}

function timeCell(row, value, label) {
  const td = cell(row, "", "", label);
  const element = document.createElement("time");
  element.dateTime = value;
  element.title = value;
  element.textContent = time.format(new Date(value));
  td.append(element);
}

function render(alert, fresh) {
  const row = document.createElement("tr");
  row.dataset.id = alert.id;
  const level = cell(row, "");
  const mark = document.createElement("span");
  mark.className = `level level-${alert.level}`;
  mark.textContent = alert.level;
  level.append(mark);
  const title = cell(row, alert.title, "title");
  const techniques = (alert.tags ?? []).filter((tag) => /^attack\.t\d/.test(tag));
  if (techniques.length > 0) {
    const small = document.createElement("small");
    small.textContent = techniques.map((tag) => tag.slice(7).toUpperCase()).join(" · ");
    title.append(small);
  }
  cell(row, alert.entities?.["host.name"], "", "Host");
  cell(row, alert.entities?.["user.name"], "", "User");
  cell(row, alert.count.toLocaleString(), "number", "Events");
  timeCell(row, alert.firstSeen, "First seen");
  timeCell(row, alert.lastSeen, "Last seen");
  if (fresh) row.classList.add("fresh");
  return row;
}

function put(alert, fresh) {
  const known = alerts.get(alert.id);
  const row = render(alert, fresh);
  if (known) {
    known.replaceWith(row);
  } else {
    rows.prepend(row);
    if (rows.rows.length > SHOWN) {
      const oldest = rows.rows[rows.rows.length - 1];
      alerts.delete(oldest.dataset.id);
      oldest.remove();
    }
  }
  alerts.set(alert.id, row);
}

function count() {
  const total = alerts.size;
  summary.textContent = total === 0 ? "" : total >= SHOWN ? `newest ${SHOWN}` : `${total}`;
  if (total > 0) {
    notice.hidden = true;
  } else {
    showNotice("No alerts yet", "Import rules and send a log; alerts appear here as they are raised.",
      "./mcpsec rules import PATH\n./mcpsec ingest FILE");
  }
}

async function openSession() {
  const key = new URLSearchParams(location.hash.slice(1)).get("k");
  if (!key) return true;
  // The key is used up now: it must not stay in the address bar or the history.
  history.replaceState(null, "", location.pathname);
  const answer = await fetch("/api/v1/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ key }),
  });
  if (answer.ok) return true;
  const problem = await answer.json();
  // A used link is no trouble when this browser already has its session.
  return (await fetch("/api/v1/alerts?limit=1")).ok ? true : (showNotice("This link does not open a session", problem.detail), false);
}

async function load() {
  const answer = await fetch(`/api/v1/alerts?limit=${SHOWN}`, { headers: { accept: "application/json" } });
  if (answer.status === 401) {
    setConnection("lost", "Not signed in");
    showNotice("Open the link that the server printed", "It looks like the line below, works once and expires after 15 minutes. Restart the server for a new one.",
      "page    http://127.0.0.1:8080/#k=…");
    return null;
  }
  if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
  const { items, position } = await answer.json();
  for (const alert of items.reverse()) put(alert, false);
  count();
  return position;
}

/** Goes on where the list ended; the browser itself resumes with Last-Event-ID after a lost connection. */
function follow(position) {
  const source = new EventSource(`/api/v1/live/alerts?after=${position}`);
  source.addEventListener("open", () => setConnection("live", "Live"));
  source.addEventListener("error", () => setConnection("lost", "Connection lost – reconnecting…"));
  source.addEventListener("alert", (message) => {
    put(JSON.parse(message.data), true);
    count();
  });
}

async function start() {
  try {
    if (!(await openSession())) {
      setConnection("lost", "Not signed in");
      return;
    }
    const position = await load();
    if (position !== null) follow(position);
  } catch (error) {
    setConnection("lost", "Connection lost");
    showNotice("The alerts could not be loaded", String(error.message ?? error));
  }
}

start();
