// What moves on the pages: times in the reader's zone, copying, and jobs that appear and change.
"use strict";

const main = document.querySelector("main");
const liveButton = document.querySelector("#live");
const zoneButton = document.querySelector("#zone");

for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;

// Times: the page says UTC; the reader may want his own zone.

let isLocal = read("jobtrail.zone") === "local";

function read(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Storage may be forbidden; then the choice lasts as long as the page.
  }
}

const two = (n) => String(n).padStart(2, "0");

function localText(date) {
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function showTimes(within) {
  for (const element of within.querySelectorAll("time")) {
    const date = new Date(element.dateTime);
    if (!Number.isNaN(date.getTime()))
      element.textContent = isLocal ? localText(date) : date.toISOString().slice(0, 19).replace("T", " ");
  }
  for (const element of within.querySelectorAll(".zone")) element.textContent = isLocal ? "local" : "UTC";
}

function showZone() {
  zoneButton.textContent = isLocal ? "Local time" : "UTC";
  showTimes(document);
}

zoneButton.addEventListener("click", () => {
  isLocal = !isLocal;
  keep("jobtrail.zone", isLocal ? "local" : "utc");
  showZone();
});

// Copying

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button === null) return;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "Copied";
  } catch {
    getSelection()?.selectAllChildren(button.previousElementSibling);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
});

// Fresh pages

async function fetchMain(url) {
  const answer = await fetch(url, { headers: { accept: "text/html" } });
  if (!answer.ok) return null;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  if (fresh === null) return null;
  for (const element of fresh.querySelectorAll("[data-script]")) element.hidden = false;
  showTimes(fresh);
  return fresh;
}

/** Puts the new element where the old one was, unless it would say the same. */
function swap(before, after) {
  if (before === null || after === null || before.outerHTML === after.outerHTML) return false;
  before.replaceWith(document.adoptNode(after));
  return true;
}

// The list: rows change where they are; new ones wait while somebody reads.

let pending = null;

async function refreshList() {
  const url = new URL(location.href);
  url.searchParams.delete("before");
  url.searchParams.delete("after");
  const fresh = await fetchMain(url);
  if (fresh === null) return;
  swap(document.querySelector("#counts"), fresh.querySelector("#counts"));
  const rows = [...fresh.querySelectorAll("#rows tr")];
  const shown = new Map([...document.querySelectorAll("#rows tr")].map((row) => [row.dataset.uid, row]));
  const isFirst = main.dataset.page === "first";
  const isNew = (row) =>
    isFirst ? !shown.has(row.dataset.uid) : Number(row.dataset.at) > Number(main.dataset.top || Infinity);
  const fewNew = rows.filter(isNew);
  pending = { fresh, isNew: new Set(fewNew.map((row) => row.dataset.uid)) };
  if (isFirst && !isBeingRead()) return showPending();
  for (const row of rows) {
    const before = shown.get(row.dataset.uid);
    if (before !== undefined && !before.contains(document.activeElement)) swap(before, row.cloneNode(true));
  }
  tellNew(fewNew.length, rows.length);
}

function isBeingRead() {
  const rows = document.querySelector("#rows");
  return (
    rows !== null &&
    rows.matches("tbody") &&
    (rows.matches(":hover") || rows.contains(document.activeElement) || scrollY > 200 || !getSelection().isCollapsed)
  );
}

function showPending() {
  const { fresh, isNew } = pending;
  pending = null;
  const focused = document.activeElement?.closest("#rows tr")?.dataset.uid;
  for (const row of fresh.querySelectorAll("#rows tr")) row.classList.toggle("fresh", isNew.has(row.dataset.uid));
  main.dataset.top = fresh.dataset.top;
  const selector = ".sheet";
  swap(main.querySelector(selector), fresh.querySelector(selector));
  swap(main.querySelector(".pager"), fresh.querySelector(".pager"));
  swapChoices(fresh);
  if (focused !== undefined)
    [...document.querySelectorAll("#rows tr")]
      .find((row) => row.dataset.uid === focused)
      ?.querySelector("a")
      ?.focus();
  tellNew(0, 0);
}

/** The form keeps what is being typed; only what it suggests changes. */
function swapChoices(fresh) {
  for (const list of document.querySelectorAll("datalist")) swap(list, fresh.querySelector(`#${list.id}`));
}

function tellNew(few, most) {
  const link = document.querySelector("#new a");
  link.hidden = few === 0;
  if (few > 0) link.textContent = few === 1 ? "1 new job" : `${few === most ? `${few} or more` : few} new jobs`;
}

function onNew(event) {
  if (pending === null || main.dataset.page !== "first") return;
  event.preventDefault();
  showPending();
  scrollTo(0, 0);
}

function onLeave() {
  if (pending !== null && main.dataset.page === "first" && !isBeingRead()) showPending();
}

// One job: each part changes where it is; what is open stays open.

async function refreshJob() {
  const fresh = await fetchMain(location.href);
  if (fresh === null) return;
  for (const part of document.querySelectorAll("[data-part]")) {
    const after = fresh.querySelector(`#${part.id}`);
    if (part.contains(document.activeElement)) continue;
    const open = [...part.querySelectorAll("details")].map((details) => details.open);
    for (const [i, details] of [...after.querySelectorAll("details")].entries()) details.open = open[i] ?? false;
    swap(part, after);
  }
}

// The stream: open while the page is seen and nobody has paused it.

let stream = null;
let since = main.dataset.since;
let timer = null;
let isPaused = false;
let wasTold = false;

function listen() {
  if (stream !== null || isPaused || document.hidden) return;
  stream = new EventSource(`/api/v1/stream?since=${since}`);
  stream.addEventListener("open", () => showLive("Live", false));
  stream.addEventListener("job", (event) => {
    since = event.lastEventId;
    if (main.dataset.live === "list" || JSON.parse(event.data).uid === main.dataset.uid) soon();
  });
  // Changes that nobody remembers any more: the page is read again.
  stream.addEventListener("gap", (event) => {
    since = event.lastEventId;
    soon();
  });
  stream.addEventListener("error", () => {
    showLive("Reconnecting", true);
    // The browser asks again by itself, but not after an answer that is an error.
    if (stream?.readyState === EventSource.CLOSED) {
      stop();
      setTimeout(listen, 5000);
    }
  });
}

function stop() {
  stream?.close();
  stream = null;
}

/** Many changes in a moment are one refresh; while it runs, further ones are remembered. */
function soon() {
  wasTold = true;
  timer ??= setTimeout(refresh, 300);
}

async function refresh() {
  wasTold = false;
  try {
    await (main.dataset.live === "list" ? refreshList() : refreshJob());
  } catch {
    // The server is away for a moment; the stream says when it is back.
  }
  timer = null;
  if (wasTold) timer = setTimeout(refresh, 1000);
}

function showLive(word, isWaiting) {
  document.querySelector("#live-word").textContent = word;
  liveButton.classList.toggle("waiting", isWaiting);
}

liveButton.addEventListener("click", () => {
  isPaused = !isPaused;
  liveButton.setAttribute("aria-pressed", String(!isPaused));
  showLive(isPaused ? "Paused" : "Live", false);
  if (isPaused) stop();
  else listen();
});

document.addEventListener("visibilitychange", () => (document.hidden ? stop() : listen()));
addEventListener("pagehide", stop);
addEventListener("pageshow", listen);

showZone();
if (main.dataset.live === undefined) liveButton.hidden = true;
else {
  if (main.dataset.live === "list") {
    document.querySelector("#new a").addEventListener("click", onNew);
    main.addEventListener("mouseleave", onLeave);
    main.addEventListener("mouseout", () => setTimeout(onLeave, 50));
    main.addEventListener("focusout", () => setTimeout(onLeave, 50));
    addEventListener("scroll", onLeave, { passive: true });
  }
  listen();
}
