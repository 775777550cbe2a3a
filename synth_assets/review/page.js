"use strict";
const HUES = ["#3c9465", "#3f7ecb", "#c07d28", "#8e63c7", "#c2527f", "#26979b", "#7d8a2e", "#a0623d", "#5b6bd1"];
const DROP = "drop", DROP_HUE = "#c0473b";
const at = (id) => document.getElementById(id);
const own = { state: null, rows: new Map(), cells: new Map(), order: [], current: "", undo: [], outlined: true,
  filter: "all", byConfidence: false, waiting: 0, queue: Promise.resolve(), failed: false };

function make(tag, name, ...inside) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  node.append(...inside.filter((item) => item !== null && item !== undefined));
  return node;
}
const button = (text, work) => {
  const node = make("button", "", text);
  node.type = "button";
  // The keys stay with the frames after a click with the mouse.
  node.addEventListener("click", (event) => { if (event.detail) node.blur(); work(); });
  return node;
};
const hue = (name) => name === DROP ? DROP_HUE : HUES[own.state.strategies.indexOf(name) % HUES.length] || "";
const wanted = (row) => row.review || row.decided;
const changed = (row) => Boolean(row.review) && row.review !== row.decided;
const words = (text) => String(text).replaceAll("_", " ");
const shown = (value) => typeof value === "number" ? String(Math.round(value * 1000) / 1000)
  : value === true ? "yes" : value === false ? "no" : value === null ? "" : String(value);
const picture = (row, size, outlined) =>
  "/picture?" + new URLSearchParams({ frame: row.key, size, outline: outlined ? "1" : "0", v: row.version });

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    throw new Error(`the server does not answer (${error.message}); is \`synth review\` still running?`);
  }
  const values = await answer.json();
  if (!answer.ok) throw new Error(values.error);
  return values;
}

function complain(error) {
  at("error").hidden = false;
  at("error").firstElementChild.textContent = error.message;
}

/* Filters: name, what it lets through, and its share of the frames where one is wished. */
function filters() {
  const fixed = [
    ["all", (row) => row.open], ["unreviewed", (row) => row.open && !row.review],
    ["moved", (row) => row.open && row.moved], ["changed", changed], ["dropped", (row) => row.review === DROP],
  ];
  const kinds = own.state.strategies.map((name) => [name, (row) => row.open && wanted(row) === name]);
  return [...fixed, ...kinds, ["not found", (row) => !row.open]];
}

function showFilters() {
  const rows = [...own.rows.values()], open = rows.filter((row) => row.open), used = open.filter((r) => r.review !== DROP);
  at("filters").replaceChildren(...filters().map(([name, passes]) => {
    const count = rows.filter(passes).length, target = own.state.targets[name];
    const node = button("", () => choose(name));
    const isStrategy = own.state.strategies.includes(name);
    if (isStrategy) node.append(make("span", "dot"));
    node.style.setProperty("--hue", isStrategy ? hue(name) : "");
    node.append(name, make("b", "", String(count)));
    if (target !== undefined) {
      const share = Math.round(100 * count / Math.max(1, used.length));
      node.append(make("small", "", `${share} / ${Math.round(100 * target)} %`));
      node.title = `${share} % of the frames; the target is ${Math.round(100 * target)} %`;
    }
    if (name === own.state.strategies[0] || name === "not found") node.classList.add("gap");
    node.dataset.filter = name;
    node.setAttribute("aria-pressed", String(name === own.filter));
    return node;
  }));
  at("sort").setAttribute("aria-pressed", String(own.byConfidence));
  const reviewed = open.filter((row) => row.review).length;
  const pending = open.filter((row) => row.review !== row.in_store).length;
  at("counts").textContent = `${reviewed} of ${open.length} reviewed, ${open.filter(changed).length} changed`;
  at("done").style.width = `${100 * reviewed / Math.max(1, open.length)}%`;
  at("pending").hidden = !pending;
  at("pending").firstElementChild.textContent = `${pending} not in the decisions yet; when you are done:`;
  at("pending").querySelector("code").textContent = own.state.command;
}

function showSaved() {
  const node = at("saved");
  node.className = "saved" + (own.failed ? " bad" : own.waiting ? "" : " ok");
  node.textContent = own.failed ? "the last change is NOT saved" : own.waiting ? "saving…" : "all saved";
}

/* The grid. A frame that a decision takes out of the filter stays until the filter is chosen again. */
function arrange() {
  const passes = new Map(filters()).get(own.filter), text = at("search").value.trim().toLowerCase();
  const found = [...own.rows.values()].filter((row) => passes(row) &&
    (!text || [row.key, row.source, row.decided, row.review, row.shot_type, row.reasoning, row.reason]
      .some((value) => value && value.toLowerCase().includes(text))));
  if (own.byConfidence) found.sort((one, other) => (one.confidence ?? 2) - (other.confidence ?? 2));
  own.order = found.map((row) => row.key);
  at("grid").replaceChildren(...own.order.map((key) => own.cells.get(key)));
  at("nothing").hidden = own.order.length > 0;
  go(own.order.includes(own.current) ? own.current : own.order[0] || "");
  showFilters();
}

function choose(name) { own.filter = name; arrange(); }

function newCell(row) {
  const cell = make("div", "cell", make("div", "shot"), make("div", "words"));
  const image = make("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = row.key;
  image.addEventListener("error", () => cell.firstElementChild.classList.add("broken"));
  if (row.version) image.src = picture(row, "thumb", true);
  cell.firstElementChild.append(image);
  cell.setAttribute("role", "option");
  cell.dataset.frame = row.key;
  cell.addEventListener("click", () => go(row.key));
  own.cells.set(row.key, cell);
  fill(row);
}

function fill(row) {
  const cell = own.cells.get(row.key), name = row.open ? wanted(row) : row.status;
  const tag = (text, kind) => make("span", `tag ${kind}`, text);
  cell.firstElementChild.replaceChildren(...[
    cell.querySelector("img"), row.moved ? tag("moved", "moved") : null,
    row.shot_type ? tag(words(row.shot_type), "scale") : null,
    row.review ? tag(changed(row) ? "✎" : "✓", changed(row) ? "seen changed" : "seen") : null,
  ].filter(Boolean));
  cell.classList.toggle("dropped", row.review === DROP);
  cell.classList.toggle("closed", !row.open);
  cell.style.setProperty("--hue", row.open ? hue(name) : "");
  cell.lastElementChild.replaceChildren(
    make("div", "line", make("span", "name", name), changed(row) ? make("span", "was", row.decided) : null,
      row.confidence === null ? null : make("span", "sure", row.confidence.toFixed(2))),
    make("div", "why", row.reasoning || row.reason));
}

function go(key) {
  own.cells.get(own.current)?.classList.remove("at");
  own.cells.get(own.current)?.removeAttribute("aria-selected");
  own.current = key;
  const cell = own.cells.get(key);
  at("details").hidden = !cell;
  if (!cell) return;
  cell.classList.add("at");
  cell.setAttribute("aria-selected", "true");
  cell.scrollIntoView({ block: "nearest" });
  history.replaceState(null, "", "#" + new URLSearchParams({
    frame: key, filter: own.filter, ...(own.byConfidence && { sort: "confidence" }) }));
  showDetails(own.rows.get(key));
  const next = own.rows.get(own.order[own.order.indexOf(key) + 1]);
  if (next) new Image().src = picture(next, "large", own.outlined);
}

/* Decisions: shown at once, sent one after the other; what the server refuses is taken back. */
function decide(name) {
  const row = own.rows.get(own.current);
  if (!row || !row.open || !name) return;
  own.undo.push([row.key, row.review]);
  save(row, name);
  step(1);
}

function undo() {
  const last = own.undo.pop();
  if (!last) return;
  save(own.rows.get(last[0]), last[1]);
  if (!own.order.includes(last[0])) choose("all");
  go(last[0]);
}

function save(row, strategy) {
  row.review = strategy;
  own.waiting += 1;
  refresh(row);
  own.queue = own.queue.then(async () => {
    try {
      const answer = await ask("/review", { method: "POST", headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ frame: row.key, strategy }) });
      row.saved = strategy;
      own.failed = false;
      at("stale").hidden = answer.version === own.state.version;
    } catch (error) {
      row.review = row.saved;
      own.failed = true;
      complain(error);
    }
    own.waiting -= 1;
    refresh(row);
  });
}

function refresh(row) {
  fill(row);
  if (row.key === own.current) showDetails(row);
  showFilters();
  showSaved();
}

function step(by) {
  const place = own.order.indexOf(own.current) + by;
  if (own.order.length) go(own.order[Math.min(own.order.length - 1, Math.max(0, place))]);
}

const columns = () => getComputedStyle(at("grid")).gridTemplateColumns.split(" ").length;
const KEYS = {
  ArrowLeft: () => step(-1), ArrowRight: () => step(1), ArrowUp: () => step(-columns()), ArrowDown: () => step(columns()),
  Home: () => step(-Infinity), End: () => step(Infinity), PageUp: () => step(-4 * columns()),
  PageDown: () => step(4 * columns()), Enter: () => decide(own.rows.get(own.current)?.decided),
  " ": () => decide(own.rows.get(own.current)?.decided), x: () => decide(DROP), u: undo,
  "/": () => at("search").select(), s: () => sort(), m: () => { own.outlined = !own.outlined; go(own.current); },
  f: () => nextFilter(1), F: () => nextFilter(-1),
};

function sort() { own.byConfidence = !own.byConfidence; arrange(); }

function nextFilter(by) {
  const names = filters().map(([name]) => name);
  choose(names[(names.indexOf(own.filter) + by + names.length) % names.length]);
}

document.addEventListener("keydown", (event) => {
  if (!own.state || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === at("search")) {
    if (event.key === "Enter" || event.key === "Escape") at("search").blur();
    return;
  }
  if (event.target.tagName === "BUTTON" && (event.key === "Enter" || event.key === " ")) return;
  const digit = /^[1-9]$/.test(event.key) && own.state.strategies[Number(event.key) - 1];
  const work = digit ? () => decide(digit) : KEYS[event.key];
  if (!work) return;
  event.preventDefault();
  work();
});
at("search").addEventListener("input", arrange);
at("sort").addEventListener("click", (event) => { if (event.detail) at("sort").blur(); sort(); });
at("error").querySelector("button").addEventListener("click", () => { at("error").hidden = true; });
at("stale").querySelector("button").addEventListener("click", () => location.reload());
at("pending").querySelector("button").addEventListener("click", () =>
  navigator.clipboard.writeText(own.state.command).catch(complain));
window.addEventListener("beforeunload", (event) => { if (own.waiting) event.preventDefault(); });

async function start() {
  own.state = await ask("/state");
  for (const row of own.state.rows) {
    row.saved = row.review;
    own.rows.set(row.key, row);
    newCell(row);
  }
  document.title = `${own.state.character}: review`;
  at("character").textContent = own.state.character;
  const gone = own.state.gone.length;
  at("file").textContent = own.state.file + (gone ? ` (keeps ${gone} of frames that are gone)` : "");
  const last = Math.min(9, own.state.strategies.length);
  at("digits").append(make("kbd", "", `1–${last}`), "strategy");
  const wished = new URLSearchParams(location.hash.slice(1));
  own.current = wished.get("frame") || "";
  own.byConfidence = wished.get("sort") === "confidence";
  if (filters().some(([name]) => name === wished.get("filter"))) own.filter = wished.get("filter");
  arrange();
  showSaved();
}
start().catch(complain);
