/* The pane of the frame at hand: the large picture, the choices, why, scores, facts. */
function showLarge(row) {
  const image = at("large"), trouble = at("trouble"), source = picture(row, "large", own.outlined);
  trouble.hidden = true;
  image.hidden = false;
  image.onerror = async () => {
    image.hidden = true;
    trouble.hidden = false;
    trouble.textContent = await ask(source).then(() => "the picture cannot be shown", (error) => error.message);
  };
  image.style.aspectRatio = `${row.size[0] || 16} / ${row.size[1] || 9}`;
  image.src = source;
}

function showDetails(row) {
  showLarge(row);
  at("key").textContent = row.key;
  const marks = [words(row.shot_type), row.moved && "moved", row.review && (changed(row) ? "changed" : "accepted"),
    row.review !== row.in_store && "not in the decisions yet"];
  at("marks").replaceChildren(...marks.filter(Boolean).map((text) => make("span", "", text)));
  at("choices").replaceChildren(...choices(row));
  const why = (row.reasoning || row.reason).split(" | ");
  at("reasons").replaceChildren(...why.map((text) => make("li", "", text)));
  at("steps").replaceChildren(...row.steps.map(([title, name, sure, reasons]) => make("tr", "",
    make("th", "", title), make("td", "", `${name} ${shown(sure)}: ${reasons}`))));
  at("scores").hidden = !row.metrics.length;
  const head = make("tr", "", ...["", "documented", "corrected", ""].map((text) => make("th", "", text)));
  at("metrics").replaceChildren(make("thead", "", head), ...row.metrics.map(([name, documented, corrected]) =>
    make("tr", "", make("th", "", words(name)), make("td", "n", shown(documented)), make("td", "n", shown(corrected)),
      make("td", "range", meter(corrected, own.state.limits[name])))));
  const facts = [["source", row.source], ["size", row.size.join(" × ")], ...row.facts];
  at("facts").replaceChildren(...facts.flatMap(([name, value]) =>
    [make("dt", "", words(name)), make("dd", "", shown(value))]));
}

function choices(row) {
  if (!row.open) return [make("p", "", `For reading only: ${row.reason || "the character was not found here"}.`)];
  const names = [...own.state.strategies, DROP];
  return names.map((name, index) => {
    const node = button("", () => decide(name));
    node.append(make("kbd", "", name === DROP ? "x" : String(index + 1)), name);
    const notes = [name === row.decided && "program", row.scores[name]?.toFixed(2)].filter(Boolean);
    node.append(make("i", "", notes.join(" · ")));
    node.style.setProperty("--hue", hue(name));
    node.dataset.strategy = name;
    node.setAttribute("aria-pressed", String(row.review === name));
    return node;
  });
}

function meter(value, limit) {
  const node = make("div", "meter", make("i")), percent = (part) => `${100 * Math.min(1, Math.max(0, part))}%`;
  node.firstElementChild.style.width = percent(value || 0);
  if (limit !== undefined) {
    const tick = make("b");
    tick.style.left = percent(limit);
    node.title = `threshold ${limit}`;
    node.append(tick);
  }
  return node;
}
