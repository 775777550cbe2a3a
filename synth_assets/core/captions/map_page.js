"use strict";
const map = document.getElementById("map");
const card = document.getElementById("card");
const [picture, text] = card.children;
const buttons = [...document.querySelectorAll("#choices button")];

function traces(colouring) {
  const members = colouring.groups.map(() => []);
  colouring.of.forEach((group, point) => members[group].push(point));
  return colouring.groups.map((group, index) => ({
    type: "scatter",
    mode: "markers",
    name: `${escaped(group.name)} (${group.count})`,
    x: members[index].map((point) => DATA.x[point]),
    y: members[index].map((point) => DATA.y[point]),
    customdata: members[index],
    hoverinfo: "none",
    marker: { color: group.colour, symbol: group.symbol, size, opacity: 0.85, line: { width: 0.5, color: "#fff" } },
  }));
}

// Plotly reads names as a kind of HTML.
function escaped(name) {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

const size = DATA.x.length > 1500 ? 5 : 8;
const bare = { showgrid: false, zeroline: false, showticklabels: false, ticks: "" };
const layout = {
  margin: { l: 10, r: 10, t: 36, b: 10 },
  xaxis: bare,
  yaxis: bare,
  hovermode: "closest",
  hoverdistance: 12,
  dragmode: "pan",
  legend: { itemsizing: "constant", font: { size: 13 } },
  uirevision: "places",
  plot_bgcolor: "#fff",
};
const config = { responsive: true, scrollZoom: true, displaylogo: false };

function show(index) {
  buttons.forEach((button, place) => button.classList.toggle("on", place === index));
  return Plotly.react(map, traces(DATA.colourings[index]), layout, config);
}

function describe(point) {
  picture.hidden = !DATA.thumbnails[point];
  if (DATA.thumbnails[point]) picture.src = DATA.thumbnails[point];
  const lines = [["b", DATA.captions[point]]];
  DATA.colourings.forEach(({ name, of, groups }) => lines.push(["span", `${name}: ${groups[of[point]].name}`]));
  lines.push(["i", DATA.notes[point]]);
  text.replaceChildren(
    ...lines.map(([tag, content]) => {
      const line = document.createElement(tag);
      line.textContent = content;
      return line;
    }),
  );
}

function place({ clientX, clientY }) {
  card.hidden = false;
  const gap = 14;
  const left = clientX + gap + card.offsetWidth > innerWidth ? clientX - gap - card.offsetWidth : clientX + gap;
  const top = Math.min(clientY + gap, innerHeight - card.offsetHeight - gap);
  card.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
}

show(0).then(() => {
  map.on("plotly_hover", ({ points, event }) => {
    describe(points[0].customdata);
    place(event);
  });
  map.on("plotly_unhover", () => {
    card.hidden = true;
  });
});
buttons.forEach((button, index) => button.addEventListener("click", () => show(index)));
